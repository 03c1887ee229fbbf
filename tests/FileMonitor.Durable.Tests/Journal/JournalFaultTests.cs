using FileMonitor.Durable.Journal;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>The disk fails at each of its operations in turn, once for a moment and once for ever, which is what a crash is.</summary>
public sealed class JournalFaultTests : IDisposable
{
    private const int Lines = 40;
    private const int LinesPerCommit = 5;
    private const long SmallSegment = 1500;

    private readonly TemporaryDirectory _temporary = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Whatever_operation_fails_no_line_is_lost_or_doubled(int failures)
    {
        var operations = await CountOperationsAsync();
        for (var operation = 0; operation < operations; operation++)
        {
            var directory = _temporary.PathOf($"fault-{operation}");
            var device = new FaultyDevice { FailFrom = operation, Failures = failures };
            var writer = OpenAtLast(Settings(directory, SmallSegment) with { Device = device });
            for (var number = 1; number <= Lines; number += LinesPerCommit)
            {
                writer.AppendMany(number, LinesPerCommit);
                CommitAtLast(writer);
            }

            await CloseAtLastAsync(writer);

            var because = $"operation {operation} of {operations} failed";
            var verdict = Verify(directory);
            verdict.Finding.Should().BeNull(because);
            verdict.AuthenticUpTo.Should().Be(verdict.RecordCount, because);
            OwnLines(ReadAll(directory)).Should().Equal(TestJournal.Lines(1, Lines), because);
            device.FailedCount.Should().Be(Math.Min(failures, device.Count - operation), because);
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task Whenever_the_process_ends_nothing_committed_is_lost_and_the_journal_goes_on()
    {
        var operations = await CountOperationsAsync();
        var cuts = 0;
        for (var operation = 0; operation < operations; operation++)
        {
            foreach (var part in (Func<int, int>[])[_ => 0, length => length, length => length / 2, length => length - 1])
            {
                var directory = _temporary.PathOf($"crash-{operation}");
                var committed = await WriteUntilCrashAsync(directory, new FaultyDevice { FailFrom = operation, Failures = int.MaxValue, Written = part });
                cuts += await CheckGoesOnAsync(directory, committed, $"operation {operation} of {operations} was the last");
                Directory.Delete(directory, recursive: true);
            }
        }

        cuts.Should().BePositive("torn lines are among what was tried");
    }

    [Fact]
    public async Task Each_part_of_the_last_write_can_be_what_is_left()
    {
        // The first write of a commit, and the write of the checkpoint after it.
        foreach (var operation in await OperationsOfLastCommitAsync())
        {
            var length = 0;
            for (var part = 0; part <= length; part++)
            {
                var directory = _temporary.PathOf($"part-{operation}-{part}");
                var device = new FaultyDevice { FailFrom = operation, Failures = int.MaxValue, Written = _ => part };
                var committed = await WriteUntilCrashAsync(directory, device, JournalSettings.DefaultSegmentBytes);
                length = Math.Max(length, device.FailedBytes ?? 0);
                await CheckGoesOnAsync(directory, committed, $"{part} bytes of {length} were written");
                Directory.Delete(directory, recursive: true);
            }

            length.Should().BePositive();
        }
    }

    [Fact]
    public async Task A_full_disk_is_told_as_one_and_everything_is_written_when_there_is_room()
    {
        var directory = _temporary.PathOf("full");
        var device = new FaultyDevice { Error = FaultyDevice.NoSpace, Failures = int.MaxValue };
        await using var writer = JournalWriter.Open(Settings(directory) with { Device = device });
        writer.AppendMany(1, 5);
        writer.Commit();
        device.FailFrom = device.Count;
        writer.AppendMany(6, 5);

        var commit = () => writer.Commit();
        commit.Should().Throw<JournalWriteException>().Which.IsDiskFull.Should().BeTrue();
        writer.AppendMany(11, 5);
        commit.Should().Throw<JournalWriteException>();
        writer.Progress.Committed.Should().Be(5);

        device.FailFrom = int.MaxValue;
        commit.Should().NotThrow();
        await writer.CloseAsync(CancellationToken.None);
        ReadAll(directory).Should().Equal(TestJournal.Lines(1, 15));
        Verify(directory).Finding.Should().BeNull();
    }

    [Fact]
    public async Task After_a_failed_flush_the_file_is_not_written_again()
    {
        var directory = _temporary.PathOf("flush");
        var device = new FaultyDevice();
        await using var writer = JournalWriter.Open(Settings(directory) with { Device = device, CheckpointInterval = TimeSpan.Zero });
        writer.AppendMany(1, 5);
        writer.Commit();
        device.FailFrom = device.Count + 1;
        writer.AppendMany(6, 5);

        writer.Commit().Committed.Should().Be(10);

        File.Exists(Path.Join(directory, "000000000005.ndjson")).Should().BeTrue("a new segment begins at the last checkpoint");
        var before = new FileInfo(Path.Join(directory, "000000000000.ndjson")).Length;
        writer.AppendMany(11, 5);
        writer.Commit();
        new FileInfo(Path.Join(directory, "000000000000.ndjson")).Length.Should().Be(before);
        await writer.CloseAsync(CancellationToken.None);
        var verdict = Verify(directory);
        verdict.Finding.Should().BeNull();
        verdict.VoidBytes.Should().BePositive();
        ReadAll(directory).Should().Equal(TestJournal.Lines(1, 15));
    }

    public void Dispose() => _temporary.Dispose();

    private async Task<int> CountOperationsAsync()
    {
        var device = new FaultyDevice();
        await WriteAsync(Settings(_temporary.PathOf("count"), SmallSegment) with { Device = device }, Lines, LinesPerCommit);
        Directory.Delete(_temporary.PathOf("count"), recursive: true);
        return device.Count;
    }

    private async Task<int[]> OperationsOfLastCommitAsync()
    {
        var device = new FaultyDevice();
        var writer = JournalWriter.Open(Settings(_temporary.PathOf("count"), JournalSettings.DefaultSegmentBytes) with { Device = device });
        var begin = 0;
        for (var number = 1; number <= Lines; number += LinesPerCommit)
        {
            writer.AppendMany(number, LinesPerCommit);
            begin = device.Count;
            writer.Commit();
        }

        var end = device.Count;
        await writer.CloseAsync(CancellationToken.None);
        Directory.Delete(_temporary.PathOf("count"), recursive: true);

        // Closing writes and flushes the last checkpoint.
        return [begin, end];
    }

    private static async Task<int> WriteUntilCrashAsync(string directory, FaultyDevice device, long segmentBytes = SmallSegment)
    {
        var committed = 0;
        try
        {
            await using var writer = JournalWriter.Open(Settings(directory, segmentBytes) with { Device = device });
            for (var number = 1; number <= Lines; number += LinesPerCommit)
            {
                writer.AppendMany(number, LinesPerCommit);
                writer.Commit();
                committed = number + LinesPerCommit - 1;
            }

            await writer.CloseAsync(CancellationToken.None);
        }
        catch (IOException)
        {
            // The process ends here.
        }

        return committed;
    }

    private static async Task<int> CheckGoesOnAsync(string directory, int committed, string because)
    {
        var writer = JournalWriter.Open(Settings(directory, SmallSegment) with { Device = new FaultyDevice() });
        var cut = writer.Recovery.CutBytes > 0 ? 1 : 0;
        var found = OwnLines(ReadAll(directory, writer.Progress));
        found.Count.Should().BeGreaterThanOrEqualTo(committed, because);
        found.Should().Equal(TestJournal.Lines(1, found.Count), because);
        writer.AppendMany(found.Count + 1, 30);
        writer.Commit().Postponed.Should().BeNull(because);
        await writer.CloseAsync(CancellationToken.None);

        var verdict = Verify(directory);
        verdict.Finding.Should().BeNull(because);
        verdict.AuthenticUpTo.Should().Be(verdict.RecordCount, because);
        OwnLines(ReadAll(directory)).Should().Equal(TestJournal.Lines(1, found.Count + 30), because);
        return cut;
    }

    private static JournalWriter OpenAtLast(JournalSettings settings)
    {
        while (true)
        {
            try
            {
                return JournalWriter.Open(settings);
            }
            catch (IOException failed) when (failed is not JournalDamagedException)
            {
                // The disk of the test works again after a few operations.
            }
        }
    }

    private static void CommitAtLast(JournalWriter writer)
    {
        while (true)
        {
            try
            {
                writer.Commit();
                return;
            }
            catch (JournalWriteException)
            {
                // The disk of the test works again after a few operations.
            }
        }
    }

    private static async Task CloseAtLastAsync(JournalWriter writer)
    {
        while (true)
        {
            try
            {
                await writer.CloseAsync(CancellationToken.None);
                return;
            }
            catch (IOException failed) when (failed is not JournalDamagedException)
            {
                // The disk of the test works again after a few operations.
            }
        }
    }
}
