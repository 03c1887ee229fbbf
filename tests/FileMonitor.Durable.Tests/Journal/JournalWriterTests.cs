using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;
using FileMonitor.Durable.Journal.Verification;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

public sealed class JournalWriterTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Directory => _temporary.PathOf("journal");

    [Fact]
    public async Task What_is_written_is_read_again_and_verifies()
    {
        await WriteAsync(Settings(Directory), 100);

        ReadAll(Directory).Should().Equal(Lines(1, 100));
        var verdict = Verify(Directory);
        verdict.Finding.Should().BeNull();
        verdict.AuthenticUpTo.Should().Be(100);
        verdict.IsKeyTrustedOnFirstUse.Should().BeTrue();
        verdict.Origin.Should().StartWith("test/filemonitor/");
    }

    [Fact]
    public async Task A_journal_goes_on_where_it_was_closed()
    {
        await WriteAsync(Settings(Directory), 100);

        await using var writer = JournalWriter.Open(Settings(Directory));
        writer.Recovery.Should().Be(new JournalRecovery(IsNew: false, AbandonedBy: null, RecordCount: 100, CutBytes: 0, RewrittenRecords: 0));
        writer.Recovery.WasClosedInOrder.Should().BeTrue();
        writer.Append(Line(101)).Should().Be(100);
        writer.Commit().Committed.Should().Be(101);
        await writer.CloseAsync(CancellationToken.None);

        ReadAll(Directory).Should().Equal(Lines(1, 101));
        new JournalDirectory(Directory, JournalDevice.Instance).Segments().Should().Equal(0);
    }

    [Fact]
    public async Task Each_segment_ends_with_the_change_of_the_key_and_the_old_key_is_gone()
    {
        var settings = Settings(Directory, segmentBytes: 2000);
        var writer = JournalWriter.Open(settings);
        var keys = new List<string>();
        for (var number = 1; number <= 100; number++)
        {
            writer.Append(Line(number));
            writer.Commit();
            keys.Add(Convert.ToBase64String(File.ReadAllBytes(_temporary.PathOf("journal/journal.key"))));
        }

        await writer.CloseAsync(CancellationToken.None);
        var segments = new JournalDirectory(Directory, JournalDevice.Instance).Segments();
        segments.Should().HaveCountGreaterThan(3);
        keys.Distinct().Should().HaveCount(segments.Count);
        foreach (var segment in segments.SkipLast(1))
        {
            File.ReadAllLines(Path.Join(Directory, JournalDirectory.SegmentName(segment)))[^1].Should().Contain("KeyChanged");
        }

        File.Exists(_temporary.PathOf("journal/journal.key.next")).Should().BeFalse();
        Verify(Directory).Finding.Should().BeNull();
        OwnLines(ReadAll(Directory)).Should().Equal(Lines(1, 100));
    }

    [Fact]
    public async Task A_checkpoint_is_made_after_1024_records_whatever_a_commit_holds()
    {
        await using var writer = JournalWriter.Open(Settings(Directory, segmentBytes: 1 << 20));
        writer.AppendMany(1, 3000);

        writer.Commit();

        Checkpoints().Should().Equal(0, 1024, 2048);
        writer.Checkpointed.Should().Be(2048);
    }

    [Fact]
    public async Task A_checkpoint_is_made_after_ten_seconds_if_something_was_written()
    {
        var settings = Settings(Directory);
        var clock = (FakeTimeProvider)settings.Time;
        await using var writer = JournalWriter.Open(settings);
        writer.Append(Line(1));
        writer.Commit();
        clock.Advance(TimeSpan.FromSeconds(9));
        writer.Tick().Should().BeNull();
        Checkpoints().Should().Equal(0);

        clock.Advance(TimeSpan.FromSeconds(1));
        writer.Tick().Should().BeNull();
        Checkpoints().Should().Equal(0, 1);

        clock.Advance(TimeSpan.FromSeconds(30));
        writer.Tick().Should().BeNull();
        Checkpoints().Should().Equal(0, 1);
    }

    [Fact]
    public async Task Nothing_that_is_not_committed_is_there()
    {
        var writer = JournalWriter.Open(Settings(Directory));
        writer.AppendMany(1, 3);
        writer.Commit();
        writer.AppendMany(4, 3);
        await writer.DisposeAsync();

        await using var again = JournalWriter.Open(Settings(Directory));
        again.NextIndex.Should().Be(3);
        again.Recovery.AbandonedBy.Should().Contain($"process {Environment.ProcessId}");
        again.Recovery.RewrittenRecords.Should().Be(3);
    }

    [Fact]
    public async Task A_second_writer_hears_who_is_the_first()
    {
        await using var first = JournalWriter.Open(Settings(Directory));

        var second = () => JournalWriter.Open(Settings(Directory));

        second.Should().Throw<JournalInUseException>().WithMessage($"*process {Environment.ProcessId} on {Environment.MachineName} since 2026-01-02T03:04:05*");
    }

    [Fact]
    public async Task A_torn_tail_is_cut_and_told()
    {
        await WriteAsync(Settings(Directory), 10);
        File.AppendAllText(Segment(0), Line(11) + "\n" + "{\"sequence\":12,\"ki");

        await using var writer = JournalWriter.Open(Settings(Directory));
        writer.Recovery.CutBytes.Should().Be(18);
        writer.Recovery.RewrittenRecords.Should().Be(1);
        writer.NextIndex.Should().Be(11);
        await writer.CloseAsync(CancellationToken.None);

        ReadAll(Directory).Should().Equal(Lines(1, 11));
        Verify(Directory).Finding.Should().BeNull();
    }

    [Fact]
    public async Task A_tail_of_zeros_is_cut()
    {
        await WriteAsync(Settings(Directory), 10);
        File.AppendAllText(Segment(0), new string('\0', 500) + "\n" + Line(11) + "\n");

        await using var writer = JournalWriter.Open(Settings(Directory));
        writer.NextIndex.Should().Be(10);
        writer.Recovery.CutBytes.Should().BeGreaterThan(500);
    }

    [Fact]
    public async Task A_key_that_somebody_else_names_at_the_end_is_not_signed()
    {
        await WriteAsync(Settings(Directory), 10);
        using var foreign = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        File.AppendAllText(Segment(0), Encoding.UTF8.GetString(RecordJson.OfNextKey(foreign.ExportSubjectPublicKeyInfo(), DateTimeOffset.UnixEpoch)));

        await using var writer = JournalWriter.Open(Settings(Directory));

        writer.NextIndex.Should().Be(10);
    }

    [Fact]
    public async Task A_journal_whose_signed_records_were_changed_is_not_gone_on_with()
    {
        await WriteAsync(Settings(Directory), 10);
        File.WriteAllText(Segment(0), File.ReadAllText(Segment(0)).Replace("file-3", "file-4", StringComparison.Ordinal));

        var open = () => JournalWriter.Open(Settings(Directory));

        open.Should().Throw<JournalDamagedException>().WithMessage("*other records*");
    }

    [Theory]
    [InlineData("000000000000.ndjson")]
    [InlineData("000000000000.checkpoint")]
    [InlineData("journal.key")]
    [InlineData("journal.pub")]
    public async Task A_journal_of_which_something_is_missing_is_not_gone_on_with(string missing)
    {
        await WriteAsync(Settings(Directory), 15);
        File.Delete(Path.Join(Directory, missing));

        var open = () => JournalWriter.Open(Settings(Directory));

        open.Should().Throw<JournalDamagedException>();
    }

    [Fact]
    public void Others_may_not_use_the_directory()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no permission bits.");
            return;
        }

        System.IO.Directory.CreateDirectory(Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);

        var open = () => JournalWriter.Open(Settings(Directory));

        open.Should().Throw<IOException>().WithMessage("*mode 0700*");
    }

    [Fact]
    public async Task The_key_is_for_its_owner_only()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no permission bits.");
            return;
        }

        await WriteAsync(Settings(Directory, segmentBytes: 2000), 50);

        File.GetUnixFileMode(_temporary.PathOf("journal/journal.key")).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.GetUnixFileMode(Directory).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task A_link_in_place_of_a_file_is_not_followed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere links are not refused.");
        await WriteAsync(Settings(Directory), 5);
        File.Move(Segment(0), _temporary.PathOf("elsewhere"));
        File.CreateSymbolicLink(Segment(0), _temporary.PathOf("elsewhere"));

        var open = () => JournalWriter.Open(Settings(Directory));

        open.Should().Throw<IOException>();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("{}\n{}")]
    public async Task What_is_not_one_line_is_refused(string line)
    {
        await using var writer = JournalWriter.Open(Settings(Directory));

        var append = () => writer.Append(line);

        append.Should().Throw<ArgumentException>();
        writer.NextIndex.Should().Be(0);
    }

    [Fact]
    public async Task Old_segments_are_deleted_and_the_rest_verifies()
    {
        var settings = Settings(Directory, segmentBytes: 2000);
        await WriteAsync(settings, 100);
        await using var writer = JournalWriter.Open(settings);
        var segments = new JournalDirectory(Directory, JournalDevice.Instance).Segments();

        writer.DeleteSegments(segments[2], DateTimeOffset.MinValue).Should().Be(0, "no segment is old enough");
        writer.DeleteSegments(segments[2] - 1, DateTimeOffset.MaxValue).Should().Be(segments[1], "one record of the second segment is still needed");
        writer.DeleteSegments(long.MaxValue, DateTimeOffset.MaxValue).Should().Be(segments[^1], "the last one stays");
        await writer.CloseAsync(CancellationToken.None);

        var verdict = Verify(Directory);
        verdict.Finding.Should().BeNull();
        verdict.FirstIndex.Should().Be(segments[^1]);
        await using var again = JournalWriter.Open(settings);
        again.Recovery.WasClosedInOrder.Should().BeTrue();
    }

    [Fact]
    public async Task A_journal_with_a_signer_of_the_host_keeps_its_key()
    {
        using var signer = new TestSigner();
        var settings = Settings(Directory, segmentBytes: 2000) with { Signer = signer };
        await WriteAsync(settings, 100);
        await WriteAsync(settings, 100, from: 101);

        File.Exists(_temporary.PathOf("journal/journal.key")).Should().BeFalse();
        ReadAll(Directory).Should().Equal(Lines(1, 200));
        Verify(Directory).Finding.Should().BeNull();
        using var other = new TestSigner();
        var open = () => JournalWriter.Open(settings with { Signer = other });
        open.Should().Throw<JournalDamagedException>().WithMessage("*another key*");
    }

    [Fact]
    public async Task Records_are_durable_while_the_signer_fails_and_signed_when_it_works_again()
    {
        using var signer = new TestSigner();
        await using var writer = JournalWriter.Open(Settings(Directory, segmentBytes: 2000) with { Signer = signer });
        signer.Failure = new InvalidOperationException("no network");
        writer.AppendMany(1, 2000);

        var commit = writer.Commit();
        commit.Committed.Should().Be(2000);
        commit.Postponed!.Message.Should().Contain("no network");

        signer.Failure = null;
        writer.Tick().Should().BeNull();
        await writer.CloseAsync(CancellationToken.None);
        Verify(Directory).Should().BeEquivalentTo(new { Finding = (JournalFinding?)null, AuthenticUpTo = 2000L }, options => options.ExcludingMissingMembers());
    }

    public void Dispose() => _temporary.Dispose();

    private string Segment(long first) => Path.Join(Directory, JournalDirectory.SegmentName(first));

    private IEnumerable<long> Checkpoints() =>
        File.ReadAllLines(Path.Join(Directory, JournalDirectory.CheckpointsName(0))).Chunk(5).Select(note => long.Parse(note[1], System.Globalization.CultureInfo.InvariantCulture));
}
