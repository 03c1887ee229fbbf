using System.Text;
using FileMonitor;
using FileMonitor.Durable;
using FileMonitor.Hosting;
using FileMonitor.JsonLines;
using FileMonitor.Output;
using Microsoft.Extensions.Hosting;

// A drop folder: each file that is uploaded to INBOX is archived once and entered in the ledger once, however often this process is killed. The README of this folder says more.
if (args is not [var inbox, var results, var state])
{
    Console.Error.WriteLine("usage: FileMonitor.Ingest INBOX RESULTS STATE");
    return 2;
}

var builder = Host.CreateApplicationBuilder();
builder.Services
    .AddFileMonitor(options =>
    {
        options.AddRoot(Path.GetFullPath(inbox), root => root.ReportWhen = ReportWhen.Closed);
        options.Report.Baseline = options.Checksum.Baseline = true; // Files that were there before the first start.
    })
    .AddDurableState(durable => durable.Directory = Path.GetFullPath(state))
    .AddHandler(
        (_, upload, cancellationToken) => upload.CopyFileAsync(Path.Join(results, "archive", upload.Sha256), cancellationToken: cancellationToken),
        handler =>
        {
            handler.Name = "archive";
            handler.Where = AuditEventFile.IsCompleteFile;
            handler.Parallelism = 4;
        })
    .AddHandler(
        (_, upload, _) =>
        {
            OutputFile.Replace(Path.Join(results, "ledger", $"{upload.Id}.json"), Encoding.UTF8.GetBytes(AuditEventJson.Serialize(upload)));
            return Task.CompletedTask;
        },
        handler =>
        {
            handler.Name = "ledger";
            handler.Where = AuditEventFile.IsCompleteFile;
        })
    .AsHostedService();
await builder.Build().RunAsync();
return 0;
