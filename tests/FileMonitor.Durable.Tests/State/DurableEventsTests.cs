using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Reading the journal of a running monitor from a number on, without a place in it.</summary>
public sealed class DurableEventsTests : IDisposable
{
    private readonly DurableHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_of_earlier_runs_come_from_any_number_on_as_they_were_told()
    {
        var told = new List<AuditEvent>();
        for (var run = 0; run < 3; run++)
        {
            told.AddRange(await _host.RunAsync(() => WriteMany(run, 20)));
        }

        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);

        monitor.GetHealth().Store!.PreviousSequence.Should().Be(told.Count);
        foreach (var after in new[] { 0, 1, 19, 20, 21, told.Count - 1, told.Count, told.Count + 5 })
        {
            (await ReadAsync(monitor, after)).Select(AuditEventJson.Serialize).Should().Equal(told.Skip(after).Select(AuditEventJson.Serialize));
        }
    }

    [Fact]
    public async Task Over_many_segments_the_right_one_is_found()
    {
        _host.ConfigureState = state => state.SegmentBytes = 64 * 1024;
        var told = await _host.RunAsync(() => WriteMany(run: 1, count: 600));
        Directory.GetFiles(_host.State, "*.ndjson").Should().HaveCountGreaterThan(3);
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);

        for (var after = 0; after <= told.Count; after += 37)
        {
            (await ReadAsync(monitor, after)).Select(one => one.Sequence).Should().Equal(told.Skip(after).Select(one => one.Sequence));
        }
    }

    [Fact]
    public async Task Where_the_oldest_events_are_deleted_a_gap_says_which()
    {
        (_host.ConfigureState, var told) = (state => state.SegmentBytes = 64 * 1024, new List<AuditEvent>());
        told.AddRange(await _host.RunAsync(() => WriteMany(run: 1, count: 400)));
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);
        foreach (var first in Directory.GetFiles(_host.State, "*.ndjson").Order(StringComparer.Ordinal).Take(2))
        {
            File.Delete(first);
            File.Delete(Path.ChangeExtension(first, "checkpoint"));
        }

        var events = await ReadAsync(monitor, 5);

        var gap = events[0].Gap;
        gap.Should().NotBeNull();
        (gap!.Cause, gap.Number, gap.FirstSequence, gap.LastSequence).Should().Be((GapCause.ReaderTooSlow, null, 6, events[1].Sequence - 1));
        events[0].Sequence.Should().Be(gap.LastSequence);
        events.Skip(1).Select(AuditEventJson.Serialize).Should().Equal(told.Where(one => one.Sequence > gap.LastSequence).Select(AuditEventJson.Serialize));
    }

    [Fact]
    public async Task A_record_that_was_changed_is_refused()
    {
        await _host.RunAsync(() => WriteMany(run: 1, count: 3));
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);
        var segment = Directory.GetFiles(_host.State, "*.ndjson").Order(StringComparer.Ordinal).First();
        await using (var file = new FileStream(segment, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            var text = new byte[file.Length];
            await file.ReadExactlyAsync(text, Token);
            var at = text.AsSpan().IndexOf("\"emittedAt\":\""u8);
            file.Position = at + "\"emittedAt\":".Length;
            file.WriteByte((byte)'x');
        }

        var read = () => ReadAsync(monitor, 0);

        await read.Should().ThrowAsync<IOException>().WithMessage("*damaged*");
    }

    [Fact]
    public async Task Without_durable_state_or_before_the_start_it_is_refused()
    {
        await using var unstarted = _host.Make();
        await using var plain = FileSystemMonitor.Create(options => options.AddRoot(_host.Root));
        await plain.StartAsync(Token);

        foreach (var monitor in new[] { unstarted, plain })
        {
            var read = () => ReadAsync(monitor, 0);
            await read.Should().ThrowAsync<InvalidOperationException>();
        }
    }

    [Fact]
    public async Task A_monitor_says_when_it_has_compared_what_it_knew_with_the_disk()
    {
        await _host.RunAsync(() => WriteMany(run: 1, count: 3));
        _host.Write("new", "x");
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);
        await monitor.FlushAsync(Token);

        monitor.GetHealth().IsCatchingUp.Should().BeFalse();
        (await ReadAsync(monitor, 3)).Select(DurableHost.Describe).Should().Equal("Created Offline new");
    }

    public void Dispose() => _host.Dispose();

    private static async Task<List<AuditEvent>> ReadAsync(FileSystemMonitor monitor, long after)
    {
        var events = new List<AuditEvent>();
        await foreach (var one in DurableEvents.ReadAsync(monitor, after, Token))
        {
            events.Add(one);
        }

        return events;
    }

    private void WriteMany(int run, int count)
    {
        for (var number = 0; number < count; number++)
        {
            _host.Write($"{run}-{number}", "x");
        }
    }
}
