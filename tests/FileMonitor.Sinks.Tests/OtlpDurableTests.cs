using System.Collections.Concurrent;
using FileMonitor.Durable;
using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Sinks.Tests;

/// <summary>A monitor with durable state and its sink for OTLP, without a container.</summary>
public sealed class OtlpDurableTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-otlp-");
    private readonly ConcurrentQueue<byte[]> _requests = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_lost_when_receiver_and_monitor_are_restarted()
    {
        var root = _home.CreateSubdirectory("root").FullName;
        var uri = await FreeUriAsync();
        var last = 0L;
        for (var run = 0; run < 4; run++)
        {
            var isThere = run is 0 or 3;
            await using var receiver = isThere ? new HttpReceiver(uri) { Answer = (request, _) => _requests.Enqueue(request.Body) } : null;
            using var sink = new OtlpLogsSink(new() { Uri = uri });
            await using var monitor = FileSystemMonitor.Create(
                options =>
                {
                    options.AddRoot(root);
                    (options.Sinks.Retries, options.FlushTimeout) = (0, TimeSpan.FromHours(1));
                },
                components => components.AddSink(sink, SinkPromise.Required, "otlp").UseDurableState(state => state.Directory = Path.Join(_home.FullName, "state")));
            await monitor.StartAsync(Token);
            for (var number = 0; number < 500; number++)
            {
                File.WriteAllText(Path.Join(root, $"{run}-{number}"), "x");
            }

            var flushed = await monitor.FlushAsync(Token);
            flushed.IsComplete.Should().Be(isThere, "{0}", string.Join(' ', flushed.Degradations));
            last = flushed.Sequence;
            await monitor.StopAsync(Token);
        }

        var received = _requests.SelectMany(static one => OtlpProtocol.Read(one)).Select(static one => AuditEventJson.Parse(one.Body)).ToList();
        received.Select(static one => one.Sequence).Distinct().Should().Equal(Enumerable.Range(1, (int)last).Select(static one => (long)one), "each is there, the first time in order");
        received.Where(static one => one.Kind == AuditEventKind.Created).DistinctBy(static one => one.RelativePath).Should().HaveCount(2_000);
    }

    public void Dispose() => _home.Delete(recursive: true);

    private static async Task<Uri> FreeUriAsync()
    {
        await using var receiver = new HttpReceiver();
        return receiver.Uri;
    }
}
