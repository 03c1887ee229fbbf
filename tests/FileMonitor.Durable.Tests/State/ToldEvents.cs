using FileMonitor.Durable.Journal.Verification;
using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>What the consumer of a host was told over all of its runs.</summary>
internal static class ToldEvents
{
    /// <summary>Every event once, by its number. One that was told twice was told with the same bytes.</summary>
    public static List<AuditEvent> Read(DurableHost host)
    {
        var byId = new Dictionary<Guid, string>();
        var bySequence = new SortedDictionary<long, AuditEvent>();
        foreach (var line in File.ReadAllLines(HostProcess.ConsumedBy(host)))
        {
            var one = AuditEventJson.Parse(line);
            if (!byId.TryAdd(one.Id, line))
            {
                line.Should().Be(byId[one.Id]);
            }
            else
            {
                bySequence.TryAdd(one.Sequence, one).Should().BeTrue("event {0} has one id, and this is another one: {1}", one.Sequence, line);
            }
        }

        return [.. bySequence.Values];
    }

    /// <summary>Waits until the consumer was told of a path.</summary>
    public static async Task UntilConsumedAsync(this DurableHost host, string path)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromMinutes(2));
        while (!File.Exists(HostProcess.ConsumedBy(host)) || !File.ReadAllText(HostProcess.ConsumedBy(host)).Contains($"\"relativePath\":\"{path}\"", StringComparison.Ordinal))
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Fails unless no event is missing, they add up to what is on the disk, and the journal is what was written.</summary>
    public static List<AuditEvent> Check(DurableHost host, string because)
    {
        var events = Read(host);
        events.Select(one => one.Sequence).Should().Equal(Enumerable.Range(1, events.Count).Select(number => (long)number), "no event is missing: {0}", because);
        DirectoryReplay.Replay(events).Should().BeEquivalentTo(DirectoryReplay.OnDisk(host.Root), because);
        JournalVerifier.Verify(host.State, cancellationToken: TestContext.Current.CancellationToken).Finding.Should().BeNull(because);
        return events;
    }
}
