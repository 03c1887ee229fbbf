using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

public sealed class JournalReaderTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Directory => _temporary.PathOf("journal");

    [Fact]
    public async Task Reading_begins_at_any_record()
    {
        await WriteAsync(Settings(Directory, segmentBytes: 50_000), 2000);
        var all = ReadAll(Directory);
        using var reader = new JournalReader(Directory, new(all.Count));
        var lines = new JournalLines();
        foreach (var index in (int[])[1500, 0, 255, 256, 257, 1999, 700, 699, 511, 512])
        {
            reader.Read(index, lines, mostLines: 3).Should().Be(JournalReadStatus.Read);

            lines.FirstIndex.Should().Be(index);
            Encoding.UTF8.GetString(lines[0][..^1]).Should().Be(all[index]);
        }
    }

    [Fact]
    public async Task A_read_ends_with_its_bounds_but_has_at_least_one_line()
    {
        await WriteAsync(Settings(Directory), 100);
        using var reader = new JournalReader(Directory, new(100));
        var lines = new JournalLines();

        reader.Read(0, lines, mostLines: 7);
        lines.Count.Should().Be(7);
        reader.Read(0, lines, mostBytes: 1);
        lines.Count.Should().Be(1);
        reader.Read(95, lines);
        lines.Count.Should().Be(5);
        reader.Read(100, lines).Should().Be(JournalReadStatus.AtEnd);
    }

    [Fact]
    public async Task What_was_deleted_is_told_with_what_is_left()
    {
        var settings = Settings(Directory, segmentBytes: 2000);
        await WriteAsync(settings, 100);
        await using var writer = JournalWriter.Open(settings);
        using var reader = new JournalReader(Directory, writer.Progress);
        var lines = new JournalLines();
        reader.Read(0, lines).Should().Be(JournalReadStatus.Read);
        var left = writer.DeleteSegments(60, DateTimeOffset.MaxValue);

        reader.Read(1, lines).Should().Be(JournalReadStatus.Deleted);

        lines.FirstIndex.Should().Be(left);
        lines.Count.Should().Be(0);
        reader.Read(left, lines).Should().Be(JournalReadStatus.Read);
    }

    [Fact]
    public async Task A_reader_beside_the_writer_sees_each_line_once_and_none_before_its_commit()
    {
        const int Total = 20_000;
        await using var writer = JournalWriter.Open(Settings(Directory, segmentBytes: 100_000));
        var reading = Task.Run(() =>
        {
            using var reader = new JournalReader(Directory, writer.Progress);
            var lines = new JournalLines();
            var found = new List<string>();
            for (var next = 0L; OwnCount(found) < Total;)
            {
                if (reader.Read(next, lines) == JournalReadStatus.Read)
                {
                    (lines.FirstIndex + lines.Count).Should().BeLessThanOrEqualTo(writer.Progress.Committed);
                    for (var i = 0; i < lines.Count; i++)
                    {
                        found.Add(Encoding.UTF8.GetString(lines[i][..^1]));
                    }

                    next += lines.Count;
                }
            }

            return found;
        });
        for (var number = 1; number <= Total; number += 100)
        {
            writer.AppendMany(number, 100);
            writer.Commit();
        }

        OwnLines(await reading).Should().Equal(Lines(1, Total));
    }

    [Fact]
    public async Task Records_are_read_from_the_later_of_two_segments_also_while_that_begins()
    {
        var device = new FaultyDevice();
        await using var writer = JournalWriter.Open(Settings(Directory) with { Device = device });
        using var reader = new JournalReader(Directory, writer.Progress);
        var lines = new JournalLines();
        writer.AppendMany(1, 5);
        writer.Commit();
        reader.Read(0, lines);

        // The write fails after some bytes, and the segment begins again under the same name.
        device.FailFrom = device.Count;
        writer.AppendMany(6, 5);
        writer.Commit();

        reader.Read(5, lines).Should().Be(JournalReadStatus.Read);
        lines.Count.Should().Be(5);
        ReadAll(Directory, writer.Progress).Should().Equal(Lines(1, 10));
        new JournalDirectory(Directory, JournalDevice.Instance).Segments().Should().Equal(0);
    }

    public void Dispose() => _temporary.Dispose();

    private static int OwnCount(List<string> found) => found.Count == 0 ? 0 : OwnLines(found).Count;
}
