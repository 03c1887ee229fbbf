using System.Globalization;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Verification;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>Whatever somebody changes in a journal is found, and the place is told.</summary>
/// <remarks>FILEMONITOR_JOURNAL_EDITS=10000 changes as many single bytes.</remarks>
public sealed class JournalVerifierTests : IAsyncLifetime
{
    private const int DefaultEdits = 300;

    private static readonly int Edits =
        int.TryParse(Environment.GetEnvironmentVariable("FILEMONITOR_JOURNAL_EDITS"), NumberStyles.None, CultureInfo.InvariantCulture, out var edits) ? edits : DefaultEdits;

    private readonly TemporaryDirectory _temporary = new();
    private long[] _segments = [];
    private string _firstKey = "";

    private string Journal => _temporary.PathOf("journal");

    public async ValueTask InitializeAsync()
    {
        // Several segments, several checkpoints in each, and records in the last one, too.
        for (var from = 1; from <= 200; from += 20)
        {
            await WriteAsync(Settings(Journal, segmentBytes: 4000), 20, from: from);
        }

        await WriteAsync(Settings(Journal), 7, from: 201);

        _segments = [.. new JournalDirectory(Journal, JournalDevice.Instance).Segments()];
        _segments.Should().HaveCountGreaterThan(3);
        _firstKey = File.ReadAllText(Path.Join(Journal, JournalDirectory.FirstKeyName));
    }

    public ValueTask DisposeAsync()
    {
        _temporary.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Any_single_byte_that_is_changed_is_found_where_it_is()
    {
        string[] files = [.. Directory.GetFiles(Journal, "*.ndjson"), .. Directory.GetFiles(Journal, "*.checkpoint"), Path.Join(Journal, JournalDirectory.KeyLinksName)];
        files = [.. files.Order(StringComparer.Ordinal)];
        for (var seed = 1; seed <= Edits; seed++)
        {
            var random = new Random(seed);
            var file = files[random.Next(files.Length)];
            var bytes = File.ReadAllBytes(file);
            var at = random.Next(bytes.Length);
            var kept = bytes[at];
            bytes[at] ^= (byte)(1 + random.Next(255));
            File.WriteAllBytes(file, bytes);

            var finding = Verify(Journal, _firstKey).Finding;

            var because = $"seed {seed} changed byte {at} of {Path.GetFileName(file)}";
            finding.Should().NotBeNull(because);
            bytes[at] = kept;
            CheckPlace(finding!, file, bytes, at, because);
            File.WriteAllBytes(file, bytes);
        }
    }

    [Fact]
    public void Each_byte_of_a_header_a_checkpoint_and_a_link_counts()
    {
        foreach (var (name, length) in new[] { (JournalDirectory.SegmentName(_segments[1]), 200), (JournalDirectory.CheckpointsName(_segments[1]), 400), (JournalDirectory.KeyLinksName, 600) })
        {
            var file = Path.Join(Journal, name);
            var bytes = File.ReadAllBytes(file);
            for (var at = 0; at < Math.Min(length, bytes.Length); at++)
            {
                bytes[at] ^= 1;
                File.WriteAllBytes(file, bytes);
                Verify(Journal, _firstKey).Finding.Should().NotBeNull($"byte {at} of {name} was changed");
                bytes[at] ^= 1;
            }

            File.WriteAllBytes(file, bytes);
        }
    }

    [Fact]
    public void A_line_that_is_missing_doubled_or_moved_is_found()
    {
        for (var line = 1; line < 20; line++)
        {
            var (first, last) = IntervalOf(_segments[1] + line - 1);
            Lines_changed(lines => lines.RemoveAt(line)).Should().Match<JournalFinding>(finding => finding.FirstRecord <= first && finding.LastRecord >= last);
            Lines_changed(lines => lines.Insert(line, lines[line])).Problem.Should().Be(JournalProblem.SequenceNotAscending);
            Lines_changed(lines => (lines[line], lines[line + 1]) = (lines[line + 1], lines[line])).Should().NotBeNull();
            Lines_changed(lines => lines.Insert(line, "{\"kind\":\"Created\"}")).Should().NotBeNull();
        }

        JournalFinding Lines_changed(Action<List<string>> change)
        {
            var copy = _temporary.CopyOf(Journal, "copy");
            var file = Path.Join(copy, JournalDirectory.SegmentName(_segments[1]));
            var lines = File.ReadAllLines(file).ToList();
            change(lines);
            File.WriteAllText(file, string.Join('\n', lines) + "\n");
            return Verify(copy, _firstKey).Finding!;
        }
    }

    [Fact]
    public void A_segment_that_is_missing_is_found_but_for_the_oldest()
    {
        for (var i = 1; i < _segments.Length; i++)
        {
            var copy = _temporary.CopyOf(Journal, "copy");
            File.Delete(Path.Join(copy, JournalDirectory.SegmentName(_segments[i])));

            var finding = Verify(copy, _firstKey).Finding!;

            finding.Problem.Should().Be(JournalProblem.RecordsMissing);
            finding.FirstRecord.Should().Be(_segments[i]);
        }

        var oldest = _temporary.CopyOf(Journal, "copy");
        File.Delete(Path.Join(oldest, JournalDirectory.SegmentName(_segments[0])));
        var verdict = Verify(oldest, _firstKey);
        verdict.Finding.Should().BeNull("a host deletes old segments");
        verdict.FirstIndex.Should().Be(_segments[1]);
    }

    [Fact]
    public void A_segment_under_another_name_is_found()
    {
        var copy = _temporary.CopyOf(Journal, "copy");
        File.Copy(Path.Join(copy, JournalDirectory.SegmentName(_segments[1])), Path.Join(copy, JournalDirectory.SegmentName(_segments[1] + 3)));
        File.Copy(Path.Join(copy, JournalDirectory.CheckpointsName(_segments[1])), Path.Join(copy, JournalDirectory.CheckpointsName(_segments[1] + 3)));

        Verify(copy, _firstKey).Finding!.Place.Should().Contain((_segments[1] + 3).ToString(CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Two_segments_that_were_exchanged_are_found()
    {
        var copy = _temporary.CopyOf(Journal, "copy");
        var (one, two) = (Path.Join(copy, JournalDirectory.SegmentName(_segments[1])), Path.Join(copy, JournalDirectory.SegmentName(_segments[2])));
        File.Move(one, one + ".x");
        File.Move(two, one);
        File.Move(one + ".x", two);

        Verify(copy, _firstKey).Finding!.Should().BeEquivalentTo(new { Problem = JournalProblem.HeaderChanged, Place = Path.GetFileName(one) });
    }

    [Fact]
    public void The_checkpoints_of_a_segment_cannot_be_missing()
    {
        foreach (var segment in _segments)
        {
            var copy = _temporary.CopyOf(Journal, "copy");
            File.Delete(Path.Join(copy, JournalDirectory.CheckpointsName(segment)));
            Verify(copy, _firstKey).Finding!.Place.Should().Be(JournalDirectory.CheckpointsName(segment));
        }
    }

    [Fact]
    public async Task A_checkpoint_that_is_missing_is_found_when_more_than_1024_records_are_between()
    {
        var other = await WriteAsync(Settings(_temporary.PathOf("long"), segmentBytes: 1 << 24), 3000, linesPerCommit: 100);
        var file = Path.Join(other, JournalDirectory.CheckpointsName(0));
        var notes = File.ReadAllLines(file).Chunk(5).ToList();
        notes.RemoveAt(2);
        File.WriteAllText(file, string.Concat(notes.SelectMany(note => note).Select(line => line + "\n")));

        Verify(other).Finding!.Should().BeEquivalentTo(new { Problem = JournalProblem.CheckpointMissing, FirstRecord = 1024L, LastRecord = 2999L });
    }

    [Fact]
    public async Task Checkpoints_of_a_foreign_key_are_found()
    {
        var copy = _temporary.CopyOf(Journal, "copy");
        await WriteAsync(Settings(_temporary.PathOf("other")), 20);
        var foreign = File.ReadAllText(Path.Join(_temporary.PathOf("other"), JournalDirectory.FirstKeyName));

        Verify(copy, foreign).Finding!.Problem.Should().Be(JournalProblem.KeyLinkBroken, "the key did not sign the first link");
        File.Delete(Path.Join(copy, JournalDirectory.KeyLinksName));
        Verify(copy, foreign).Finding!.Problem.Should().Be(JournalProblem.CheckpointForeign);
    }

    [Fact]
    public void A_journal_without_its_links_is_not_believed_beyond_the_first_key()
    {
        var copy = _temporary.CopyOf(Journal, "copy");
        File.Delete(Path.Join(copy, JournalDirectory.KeyLinksName));

        var verdict = Verify(copy, _firstKey);

        verdict.Finding!.Problem.Should().Be(JournalProblem.CheckpointForeign);
        verdict.AuthenticUpTo.Should().Be(_segments[1]);
    }

    [Fact]
    public async Task A_journal_that_is_being_written_verifies()
    {
        var live = _temporary.PathOf("live");
        await using var writer = FileMonitor.Durable.Journal.JournalWriter.Open(Settings(live, segmentBytes: 20_000) with { Device = new FaultyDevice() });
        var writing = Task.Run(
            () =>
            {
                for (var from = 1; from <= 5_000; from += 10)
                {
                    writer.AppendMany(from, 10);
                    writer.Commit();
                }
            },
            TestContext.Current.CancellationToken);
        do
        {
            Verify(live).Finding.Should().BeNull();
        }
        while (!writing.IsCompleted);

        await writing;
    }

    [Fact]
    public void Nothing_is_no_journal()
    {
        var empty = Directory.CreateDirectory(_temporary.PathOf("empty")).FullName;

        Verify(empty).Finding!.Problem.Should().Be(JournalProblem.NothingToVerify);
    }

    [Fact]
    public void A_torn_line_at_the_end_is_told_and_nothing_else()
    {
        var copy = _temporary.CopyOf(Journal, "copy");
        File.AppendAllText(Path.Join(copy, JournalDirectory.SegmentName(_segments[^1])), "{\"seq");

        var verdict = Verify(copy, _firstKey);

        verdict.Finding.Should().BeNull();
        verdict.TornBytes.Should().Be(5);
    }

    [Fact]
    public void A_checkpoint_that_was_not_written_to_its_end_is_as_one_that_is_missing_and_one_that_was_changed_is_told()
    {
        // The last segment, which may go on, and one that another follows.
        foreach (var segment in _segments.Where((_, at) => at == 1 || at == _segments.Length - 1))
        {
            var copy = _temporary.CopyOf(Journal, "copy");
            var file = Path.Join(copy, JournalDirectory.CheckpointsName(segment));
            var whole = File.ReadAllBytes(file);
            CheckpointNote.TryRead(whole, out var begin).Should().NotBeNull();
            while (CheckpointNote.TryRead(whole.AsSpan(begin), out var length) is not null && begin + length < whole.Length)
            {
                begin += length;
            }

            for (var length = begin; length < whole.Length; length++)
            {
                // Behind the whole file: as when the one after it was being written.
                File.WriteAllBytes(file, [.. whole, .. whole[begin..length]]);
                var verdict = Verify(copy, _firstKey);
                verdict.Finding.Should().BeNull("{0} of {1} bytes were written: {2}", length - begin, whole.Length - begin, verdict.Finding?.Message);
                (verdict.TornBytes + verdict.VoidBytes).Should().Be(length - begin);
                if (length == begin)
                {
                    continue;
                }

                byte[] changed = [.. whole, .. whole[begin..length]];
                changed[whole.Length + ((length - begin) / 2)] ^= 0x80;
                File.WriteAllBytes(file, changed);
                Verify(copy, _firstKey).Finding!.Problem.Should().Be(JournalProblem.CheckpointMalformed);
            }

            foreach (var instead in "A=/-\r"u8)
            {
                File.WriteAllBytes(file, [.. whole[..^1], instead]);
                Verify(copy, _firstKey).Finding.Should().NotBeNull("the end of {0} is {1}", file, instead);
            }

            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public void A_line_without_end_is_refused_with_bounded_memory()
    {
        var copy = _temporary.CopyOf(Journal, "copy");
        File.AppendAllText(Path.Join(copy, JournalDirectory.SegmentName(_segments[^1])), new string('x', 3 * LineScanner.MostLineBytes));

        Verify(copy, _firstKey).Finding!.Problem.Should().Be(JournalProblem.RecordMalformed);
    }

    /// <summary>The records between the checkpoints around a record.</summary>
    private (long First, long Last) IntervalOf(long record)
    {
        var sizes = _segments.SelectMany(segment => File.ReadAllLines(Path.Join(Journal, JournalDirectory.CheckpointsName(segment))).Chunk(5)).Select(note => long.Parse(note[1], CultureInfo.InvariantCulture)).Order().ToArray();
        return (sizes.Last(size => size <= record), sizes.First(size => size > record) - 1);
    }

    private void CheckPlace(JournalFinding finding, string file, byte[] original, int at, string because)
    {
        var name = Path.GetFileName(file);
        if (name == JournalDirectory.KeyLinksName)
        {
            finding.Place.Should().Be(name, because);
            return;
        }

        var line = original.AsSpan(0, at).Count((byte)'\n');
        if (!name.EndsWith(".ndjson", StringComparison.Ordinal) || line == 0)
        {
            // A checkpoint whose size was changed to a larger one hides behind records that then seem to be missing: its own segment is told.
            Path.GetFileNameWithoutExtension(finding.Place).Should().Be(Path.GetFileNameWithoutExtension(name), because);
            return;
        }

        // The record is named, or those between two checkpoints of which it is one.
        var record = long.Parse(Path.GetFileNameWithoutExtension(name), CultureInfo.InvariantCulture) + line - 1;
        var (first, last) = IntervalOf(record);
        finding.FirstRecord.Should().BeInRange(first, record + 1, because);
        finding.LastRecord.Should().BeInRange(record, Math.Max(last, record), because);
    }
}
