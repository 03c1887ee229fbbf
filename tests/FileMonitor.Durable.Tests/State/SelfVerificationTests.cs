using System.Text;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Signing;
using FileMonitor.Durable.Journal.Verification;
using FileMonitor.Durable.State;
using FileMonitor.Durable.Tests.Journal;
using FileMonitor.Tests;
using FileMonitor.Tests.Diagnostics;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.State;

/// <summary>A monitor verifies its own journal while it writes it.</summary>
public sealed class SelfVerificationTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();
    private readonly CapturingLog _log = new();
    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Directory => _temporary.PathOf("journal");

    private string Segment => Path.Join(Directory, "000000000000.ndjson");

    // Without the bound these are too many records without a checkpoint, and a line that is not whole.
    [Fact]
    public async Task What_follows_the_last_checkpoint_while_it_is_read_is_left_aside()
    {
        await using var writer = Open();
        writer.AppendMany(1, 1500);
        writer.Commit();
        var note = writer.LastCheckpoint;
        var rounds = 0;

        var verdict = JournalVerifier.VerifyUpTo(Directory, new(note, () =>
        {
            rounds++;
            File.AppendAllText(Segment, string.Concat(Lines(2000, 3000).Select(static line => line + "\n")) + "{\"torn");
        }), Token);

        rounds.Should().Be(1);
        verdict.Finding.Should().BeNull();
        (verdict.AuthenticUpTo, verdict.RecordCount).Should().Be((note.Size, note.Size));
        note.Size.Should().Be(1024);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task Each_checkpoint_of_a_journal_of_several_segments_can_be_the_bound(int deletedSegments)
    {
        await using var writer = JournalWriter.Open(Settings(Directory, segmentBytes: 20_000) with { CheckpointInterval = TimeSpan.Zero });
        var notes = new List<CheckpointNote>();
        for (var from = 1; from <= 1000; from += 20)
        {
            writer.AppendMany(from, 20);
            writer.Commit();
            notes.Add(writer.LastCheckpoint);
        }

        for (var i = 0; i < deletedSegments; i++)
        {
            writer.DeleteSegments(System.IO.Directory.GetFiles(Directory, "*.ndjson").Select(file => long.Parse(Path.GetFileNameWithoutExtension(file), null)).Order().ElementAt(1), DateTimeOffset.MaxValue);
        }

        var first = System.IO.Directory.GetFiles(Directory, "*.ndjson").Select(file => long.Parse(Path.GetFileNameWithoutExtension(file), null)).Min();
        notes.Where(note => note.Size >= first).Should().NotBeEmpty().And.AllSatisfy(note =>
            VerifyUpTo(Directory, note).Should().Match<JournalVerdict>(verdict => verdict.Finding == null && verdict.AuthenticUpTo == note.Size));
    }

    [Fact]
    public async Task A_journal_that_was_cut_or_rewritten_with_its_own_keys_is_found()
    {
        await WriteAsync(Settings(Directory, segmentBytes: 1_000_000), 100);
        var (cut, other) = (_temporary.CopyOf(Directory, "cut"), _temporary.CopyOf(Directory, "other"));
        await WriteAsync(Settings(Directory, segmentBytes: 1_000_000), 100, from: 101);
        await WriteAsync(Settings(other, segmentBytes: 1_000_000), 100, from: 1001);
        var note = Notes(Directory)[^1];

        VerifyUpTo(Directory, note).Finding.Should().BeNull();
        VerifyUpTo(cut, note).Finding.Should().BeEquivalentTo(new { Problem = JournalProblem.RecordsMissing, FirstRecord = 100 });
        var rewritten = VerifyUpTo(other, note).Finding!;
        rewritten.Problem.Should().Be(JournalProblem.RecordsChanged);
        rewritten.Message.Should().Contain("somebody with the keys wrote others");
        foreach (var file in System.IO.Directory.GetFiles(Directory, "*.checkpoint"))
        {
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^100]);
        }

        VerifyUpTo(Directory, note).Finding.Should().NotBeNull("its last checkpoint is gone");
    }

    [Fact]
    public async Task It_is_verified_ten_minutes_after_the_start_and_each_day_and_what_is_wrong_is_told_once()
    {
        await using var writer = Open();
        writer.AppendMany(1, 1500);
        writer.Commit();
        var verification = new SelfVerification(Directory, () => writer.LastCheckpoint, TimeSpan.FromDays(1), _time, _log, "in");
        verification.Begin();
        await UntilAsync(TimeSpan.FromMinutes(1), () => verification.Result is not null);

        verification.Result.Should().BeEquivalentTo(new { Records = 1024L, Problem = (string?)null, FirstWrongRecord = (long?)null, Failure = (string?)null });
        var first = verification.Result!.VerifiedAt!.Value;
        first.Should().BeOnOrAfter(new(2026, 1, 2, 3, 14, 5, TimeSpan.Zero));

        Flip(Line(700));
        await UntilAsync(TimeSpan.FromHours(1), () => verification.Result.Problem is not null);
        verification.Result.Problem.Should().StartWith("Records 0 to 1023 are not those that were signed");
        (verification.Result.FirstWrongRecord, verification.Result.Records).Should().Be((0, 0));
        verification.Result.VerifiedAt.Should().BeOnOrAfter(first.AddDays(1));

        // Twice more: told once.
        for (var i = 0; i < 2; i++)
        {
            var last = verification.Result.VerifiedAt;
            await UntilAsync(TimeSpan.FromHours(1), () => verification.Result.VerifiedAt > last);
        }

        _log.Names.Should().Equal("JournalWrong");
        _log.Messages.Single().Should().StartWith("The journal of in is not what was written: Records 0 to 1023");
        await verification.EndAsync();
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_is_told_and_what_was_found_before_holds()
    {
        await using var writer = Open();
        writer.AppendMany(1, 1024);
        writer.Commit();
        var verification = new SelfVerification(Directory, () => writer.LastCheckpoint, TimeSpan.FromSeconds(1), _time, _log, "in");
        verification.Begin();
        await UntilAsync(TimeSpan.FromSeconds(1), () => verification.Result is not null);
        var moved = Segment + "-away";
        File.Move(Segment, moved);
        System.IO.Directory.CreateDirectory(Segment);

        await UntilAsync(TimeSpan.FromSeconds(1), () => verification.Result!.Failure is not null);
        verification.Result.Should().BeEquivalentTo(new { Records = 1024L, Problem = (string?)null });
        verification.Result!.Degradations.Should().ContainSingle().Which.Should().StartWith("The journal could not be verified. It is tried again: ");
        System.IO.Directory.Delete(Segment);
        File.Move(moved, Segment);
        await UntilAsync(TimeSpan.FromSeconds(1), () => verification.Result!.Failure is null);

        verification.Result!.Problem.Should().BeNull();
        _log.Names.Should().OnlyContain(name => name == "VerificationFailed").And.ContainSingle();
        await verification.EndAsync();
    }

    [Fact]
    public async Task Health_and_metrics_of_a_monitor_have_it()
    {
        using var host = new DurableHost();
        using var measured = new Measurements();
        host.Components = components => components.MeterFactory = measured;
        host.ConfigureState = state => (state.VerificationInterval, state.CheckpointInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await using var monitor = host.Make();
        await monitor.StartAsync(Token);
        measured.Observe();
        measured.Get("journal.verification_problem").Should().BeNull("none was made yet");
        host.Write("a", "1");
        await monitor.FlushAsync(Token);

        await UntilAsync(null, () => monitor.GetHealth().Store!.Verification is { Records: > 0 });

        measured.Observe();
        measured.Get("journal.verification_problem").Should().Be(0);
        measured.Get("journal.verification_time").Should().BeGreaterThan(0);
        monitor.GetHealth().Degradations.Should().BeEmpty();
        var segment = Path.Join(host.State, "000000000000.ndjson");
        using (var file = File.OpenHandle(segment, access: FileAccess.Write, share: FileShare.ReadWrite))
        {
            RandomAccess.Write(file, "x"u8, File.ReadAllBytes(segment).AsSpan().IndexOf("Started"u8));
        }

        await UntilAsync(null, () => monitor.GetHealth().Store!.Verification!.Problem is not null);
        measured.Observe();
        measured.Get("journal.verification_problem").Should().Be(1);
        await monitor.StopAsync(Token);
    }

    [Theory]
    [InlineData("00:00:00.999", false)]
    [InlineData("00:00:01", true)]
    [InlineData("30.00:00:00", true)]
    [InlineData("30.00:00:00.001", false)]
    [InlineData("00:00:00", false)]
    public void The_interval_has_limits(string interval, bool isGood) =>
        new DurableStateOptions { Directory = "state", VerificationInterval = TimeSpan.Parse(interval, null) }.GetErrors().Should().HaveCount(isGood ? 0 : 1);

    [Fact]
    public async Task It_can_be_left_out()
    {
        new DurableStateOptions { Directory = "state", VerificationInterval = TimeSpan.MaxValue }.GetErrors().Should().BeEmpty();
        using var host = new DurableHost { ConfigureState = static state => state.VerificationInterval = TimeSpan.MaxValue };
        host.Components = components => components.TimeProvider = _time;
        await using var monitor = host.Make();
        await monitor.StartAsync(Token);
        monitor.GetHealth().Store!.Verification.Should().BeNull();
        await monitor.DisposeAsync();
    }

    public void Dispose()
    {
        _temporary.Dispose();
        _log.Dispose();
    }

    private static JournalVerdict VerifyUpTo(string directory, CheckpointNote note) => JournalVerifier.VerifyUpTo(directory, new(note, static () => { }), Token);

    private JournalWriter Open() => JournalWriter.Open(Settings(Directory, segmentBytes: 10_000_000) with { CheckpointInterval = TimeSpan.FromHours(1) });

    private void Flip(string text)
    {
        var at = File.ReadAllBytes(Segment).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text));
        using var file = File.OpenHandle(Segment, access: FileAccess.Write, share: FileShare.ReadWrite);
        RandomAccess.Write(file, "9"u8, at + text.IndexOf("file-", StringComparison.Ordinal) + 5);
    }

    private async Task UntilAsync(TimeSpan? step, Func<bool> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        while (!condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            _time.Advance(step ?? TimeSpan.Zero);
            await Task.Yield();
        }
    }
}
