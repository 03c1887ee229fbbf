using System.Text;
using System.Text.Json;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Reading the journal of a running monitor back from any record, newest first.</summary>
public sealed class RecordsBackTests : IDisposable
{
    private readonly DurableHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Over_many_segments_every_record_comes_once_and_the_newest_first()
    {
        _host.ConfigureState = state => state.SegmentBytes = 64 * 1024;
        var told = await _host.RunAsync(() => WriteMany(600));
        Directory.GetFiles(_host.State, "*.ndjson").Should().HaveCountGreaterThan(3);
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);

        var all = await ReadAsync(monitor, long.MaxValue);

        all.Select(record => record.Index).Should().Equal(Enumerable.Range(0, all.Count).Select(index => (long)(all.Count - 1 - index)));
        all.Select(Sequence).OfType<long>().Should().BeInDescendingOrder().And.Contain(told.Select(one => one.Sequence));
        all.Select(Kind).Should().Contain(["Started", "Stopped", "KeyChanged"]);
        foreach (var before in new[] { 0, 1, 2, 255, 256, 257, all.Count - 1, all.Count, all.Count + 9 })
        {
            // The monitor may have written more meanwhile.
            var read = (await ReadAsync(monitor, before)).Where(record => record.Index < all.Count);
            read.Select(Text).Should().Equal(all.Where(record => record.Index < before).Select(Text));
        }
    }

    [Fact]
    public async Task Long_records_come_in_smaller_parts_and_none_is_left_out()
    {
        // Each record has some 20 KB: 256 of them are more than is held at once.
        var deep = string.Join('/', Enumerable.Repeat(new string('\u00e9', 120), 14));
        await _host.RunAsync(() =>
        {
            for (var number = 0; number < 300; number++)
            {
                _host.Write($"{deep}/{number}", "x");
            }
        });
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);

        var all = await ReadAsync(monitor, long.MaxValue);

        all.Sum(record => record.Line.Length).Should().BeGreaterThan(5 * 1024 * 1024);
        all.Select(record => record.Index).Should().Equal(Enumerable.Range(0, all.Count).Select(index => (long)(all.Count - 1 - index)));
    }

    [Fact]
    public async Task It_ends_with_the_oldest_record_that_is_left()
    {
        _host.ConfigureState = state => state.SegmentBytes = 64 * 1024;
        await _host.RunAsync(() => WriteMany(400));
        await using var monitor = _host.Make();
        await monitor.StartAsync(Token);
        var segments = Directory.GetFiles(_host.State, "*.ndjson").Order(StringComparer.Ordinal).ToList();
        File.Delete(segments[0]);
        var first = long.Parse(Path.GetFileNameWithoutExtension(segments[1]), System.Globalization.CultureInfo.InvariantCulture);

        (await ReadAsync(monitor, long.MaxValue))[^1].Index.Should().Be(first);
        (await ReadAsync(monitor, first + 1)).Should().ContainSingle().Which.Index.Should().Be(first);
        (await ReadAsync(monitor, first)).Should().BeEmpty();
    }

    [Fact]
    public async Task Without_durable_state_or_before_the_start_it_is_refused()
    {
        await using var unstarted = _host.Make();
        await using var plain = FileSystemMonitor.Create(options => options.AddRoot(_host.Root));
        await plain.StartAsync(Token);

        foreach (var monitor in new[] { unstarted, plain })
        {
            var read = () => ReadAsync(monitor, long.MaxValue);
            await read.Should().ThrowAsync<InvalidOperationException>();
        }
    }

    public void Dispose() => _host.Dispose();

    private static string Text(JournalRecord record) => Encoding.UTF8.GetString(record.Line.Span);

    private static string Kind(JournalRecord record) => JsonDocument.Parse(record.Line).RootElement.GetProperty("kind").GetString()!;

    private static long? Sequence(JournalRecord record) => JsonDocument.Parse(record.Line).RootElement.TryGetProperty("sequence", out var sequence) ? sequence.GetInt64() : null;

    private static async Task<List<JournalRecord>> ReadAsync(FileSystemMonitor monitor, long before)
    {
        var records = new List<JournalRecord>();
        await foreach (var one in DurableEvents.ReadBackAsync(monitor, before, Token))
        {
            records.Add(one);
        }

        return records;
    }

    private void WriteMany(int count)
    {
        for (var number = 0; number < count; number++)
        {
            _host.Write($"{number}", "x");
        }
    }
}
