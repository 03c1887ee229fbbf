using FileMonitor;
using FileMonitor.Durable;
using FileMonitor.Hosting;
using FileMonitor.Ingest;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// A drop folder: each file that is uploaded to INBOX is archived once and entered in the ledger once, however often this process is killed. The README of this folder says more.
if (args is not [var inbox, var results, var state])
{
    Console.Error.WriteLine("usage: FileMonitor.Ingest INBOX RESULTS STATE");
    return 2;
}

var builder = Host.CreateApplicationBuilder();
builder.Services.AddSingleton(new ResultDirectories(Path.GetFullPath(results)));
builder.Services
    .AddFileMonitor(options =>
    {
        options.AddRoot(Path.GetFullPath(inbox), root =>
        {
            root.ReportWhen = ReportWhen.Closed;
            root.Ignore.Add("*.part");
        });
        options.Report.Baseline = options.Checksum.Baseline = true; // Files that were there before the first start.
    })
    .AddDurableState(durable => durable.Directory = Path.GetFullPath(state))
    .AddHandler<Archive>(handler =>
    {
        handler.Where = Upload.IsOne;
        handler.Parallelism = 4;
    })
    .AddHandler<Ledger>(handler => handler.Where = Upload.IsOne)
    .AsHostedService();
await builder.Build().RunAsync();
return 0;
