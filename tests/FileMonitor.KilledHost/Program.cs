using System.Globalization;
using System.Text;
using FileMonitor;
using FileMonitor.Durable;
using FileMonitor.JsonLines;
using FileMonitor.KilledHost;

// A host that is killed: it watches a directory with durable state, and its one consumer writes each event to a file before it acknowledges it.
// Arguments: the root, the state directory, the consumer's file, and at which call of the journal's device it kills itself (0 for never).
// Lines that it reads: "health" has it answer with what is wrong with the state, or "well"; "stop" ends it, and so does the end of its input.
var (root, state, output) = (args[0], args[1], args[2]);
var killAt = int.Parse(args[3], CultureInfo.InvariantCulture);
var random = new Random(args[3].Length + Environment.ProcessId);

await using var monitor = FileSystemMonitor.Create(
    options =>
    {
        options.AddRoot(root);
        options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20);
        options.Readers.BufferCapacity = 64;
    },
    components =>
    {
        components.LoggerFactory = new ErrorLines();
        components.UseDurableState(durable =>
        {
            durable.Directory = state;
            durable.SegmentBytes = 64 * 1024;
            durable.CheckpointInterval = TimeSpan.FromSeconds(1);
            durable.Device = killAt == 0 ? durable.Device : new KillingDevice(killAt);
        });
    });
var subscription = monitor.Subscribe("ingest");
var consuming = Task.Run(async () =>
{
    var unacknowledged = new List<AuditEvent>();
    await using var file = new FileStream(output, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
    CutTornLine(file);
    await foreach (var one in subscription)
    {
        await file.WriteAsync(Encoding.UTF8.GetBytes(AuditEventJson.Serialize(one) + "\n"));
        unacknowledged.Add(one);
        if (unacknowledged.Count >= random.Next(1, 8) || subscription.Lag <= unacknowledged.Count)
        {
            subscription.Acknowledge(unacknowledged);
            unacknowledged.Clear();
        }
    }
});
try
{
    await monitor.StartAsync();
}
catch (DurableStateException refused)
{
    Console.WriteLine("refused " + refused.Message.ReplaceLineEndings(" "));
    return 2;
}

Console.WriteLine("ready");
while (await Console.In.ReadLineAsync() is "health")
{
    Console.WriteLine(monitor.GetHealth().Store!.Problem?.ReplaceLineEndings(" ") ?? "well");
}

var flushed = await monitor.FlushAsync();
await monitor.StopAsync();
await consuming;
Console.WriteLine(flushed.IsComplete ? "stopped" : string.Join(' ', [.. flushed.Degradations, .. flushed.NotReached]));
return flushed.IsComplete ? 0 : 1;

// A kill can end a write in its middle. That event was not acknowledged, so it comes again, and must.
static void CutTornLine(FileStream file)
{
    var content = new byte[file.Length];
    file.ReadExactly(content);
    file.SetLength(content.AsSpan().LastIndexOf((byte)'\n') + 1);
    file.Seek(0, SeekOrigin.End);
}
