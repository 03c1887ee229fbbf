using System.Globalization;
using FileMonitor;
using FileMonitor.Durable;
using FileMonitor.JsonLines;
using FileMonitor.KilledHost;

// A host that is killed: it watches a directory with durable state, and its one consumer writes each event to a file before it acknowledges it.
// Arguments: the root, the state directory, the consumer's file, and at which call of the journal's device it kills itself (0 for never).
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
    components => components.UseDurableState(durable =>
    {
        durable.Directory = state;
        durable.SegmentBytes = 64 * 1024;
        durable.CheckpointInterval = TimeSpan.FromSeconds(1);
        durable.Device = killAt == 0 ? durable.Device : new KillingDevice(killAt);
    }));
var subscription = monitor.Subscribe("ingest");
var consuming = Task.Run(async () =>
{
    var unacknowledged = new List<AuditEvent>();
    await using var file = new StreamWriter(new FileStream(output, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));
    await foreach (var one in subscription)
    {
        await file.WriteAsync(AuditEventJson.Serialize(one) + "\n");
        await file.FlushAsync();
        unacknowledged.Add(one);
        if (unacknowledged.Count >= random.Next(1, 8) || subscription.Lag <= unacknowledged.Count)
        {
            subscription.Acknowledge(unacknowledged);
            unacknowledged.Clear();
        }
    }
});
await monitor.StartAsync();
Console.WriteLine("ready");
await Console.In.ReadLineAsync();
var flushed = await monitor.FlushAsync();
await monitor.StopAsync();
await consuming;
Console.WriteLine(flushed.IsComplete ? "stopped" : string.Join(' ', [.. flushed.Degradations, .. flushed.NotReached]));
return flushed.IsComplete ? 0 : 1;
