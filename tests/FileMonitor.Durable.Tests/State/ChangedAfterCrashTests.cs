using System.Diagnostics;
using FileMonitor.Durable.Tests.Journal;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>Records that no checkpoint covered when the process ended: nothing but the baseline shows that somebody changed them before the next start signs them.</summary>
public sealed class ChangedAfterCrashTests : IDisposable
{
    private readonly DurableHost _host = new();
    private readonly TemporaryDirectory _temporary = new();

    public ChangedAfterCrashTests() => _host.ConfigureState = static state => state.CheckpointInterval = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_record_that_was_changed_before_it_was_signed_is_told_by_the_next_start()
    {
        await CrashAsync();
        Change("evilfile", "goodfile");

        await using (var monitor = _host.Make())
        {
            var told = new List<AuditEvent>();
            var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(Token), told);
            await monitor.StartAsync(Token);
            await monitor.FlushAsync(Token);
            var verification = monitor.GetHealth().Store!.Verification!;
            verification.Problem.Should().StartWith("Among records 0 to ").And.Contain("which no checkpoint covered").And.Contain("somebody changed the journal");
            verification.FirstWrongRecord.Should().Be(0);
            await monitor.StopAsync(Token);
            await reading;
            told.Should().Contain(one => one.Kind == AuditEventKind.Gap && one.Gap!.Cause == GapCause.StateLost && one.Detail!.Contains("no checkpoint covered"));
        }

        Records().Should().ContainSingle(line => line.Contains("\"Recovered\"", StringComparison.Ordinal)).Which.Should().Contain("at least one is not what was written");
    }

    [Fact]
    public async Task A_record_that_was_cut_off_is_told()
    {
        await CrashAsync();
        var segment = Segments().Single();
        var lines = await File.ReadAllLinesAsync(segment, Token);
        await File.WriteAllTextAsync(segment, string.Concat(lines[..^2].Select(line => line + "\n")), Token);

        await _host.RunAsync();

        Records().Should().ContainSingle(line => line.Contains("\"Recovered\"", StringComparison.Ordinal)).Which.Should().Contain("ahead of the journal");
    }

    [Fact]
    public async Task What_was_signed_only_since_the_next_start_is_said_by_verification_and_record()
    {
        await CrashAsync();
        var records = Records().Count;
        var before = DateTimeOffset.UtcNow.AddSeconds(-1);

        await using (var monitor = _host.Make())
        {
            await monitor.StartAsync(Token);
            await monitor.FlushAsync(Token);
            monitor.GetHealth().Store!.Verification.Should().BeNull("nothing is wrong");
            await monitor.StopAsync(Token);
        }

        var found = AuditJournal.Verify(_host.State, cancellationToken: Token);
        found.IsAuthentic.Should().BeTrue();
        found.SignedLaterCount.Should().Be(1);
        found.SignedLater.Should().ContainSingle().Which.Should().Match<JournalSignedLater>(later => later.FirstRecord == 0 && later.LastRecord == records - 1 && later.At >= before);
        Records().Should().ContainSingle(line => line.Contains("\"Recovered\"", StringComparison.Ordinal)).Which.Should()
            .Contain($"Records 0 to {records - 1} are behind its last checkpoint, and are signed only from now on.").And.Contain($"\"firstUnsigned\":0,\"lastUnsigned\":{records - 1}");
    }

    [Fact]
    public async Task An_acceptance_that_signs_a_changed_record_does_not_hide_it_from_the_next_start()
    {
        var id = await CrashAsync();
        Change("evilfile", "goodfile");
        await AuditJournal.AcceptAsync(_host.State, new JournalAcceptance("who", "why", [id]));

        await _host.RunAsync();

        AuditJournal.Verify(_host.State, cancellationToken: Token).SignedLater.Should().ContainSingle().Which.FirstRecord.Should().Be(0);
        Records().Should().Contain(line => line.Contains("\"Recovered\"", StringComparison.Ordinal) && line.Contains("at least one is not what was written when the baseline was", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_journal_that_nobody_changed_is_not_doubted_after_many_crashes()
    {
        for (var crash = 0; crash < 3; crash++)
        {
            await CrashAsync();
        }

        await _host.RunAsync();

        Records().Should().NotContain(line => line.Contains("not what was written", StringComparison.Ordinal));
        AuditJournal.Verify(_host.State, cancellationToken: Token).SignedLaterCount.Should().Be(3);
    }

    public void Dispose()
    {
        _host.Dispose();
        _temporary.Dispose();
    }

    /// <summary>One run that tells of a file, and a copy of its state as the process would leave it that is ended now: that is the state from now on.</summary>
    private async Task<Guid> CrashAsync()
    {
        var other = Directory.CreateDirectory(_temporary.PathOf(Guid.NewGuid().ToString("N"))).FullName;
        var told = new List<AuditEvent>();
        await using var monitor = _host.Make();
        var reading = DurableHost.ReadAsync(monitor.ReadAllAsync(Token), told);
        await monitor.StartAsync(Token);
        _host.Write("evilfile", Guid.NewGuid().ToString());
        await monitor.FlushAsync(Token);

        // It waits for the baseline, which is behind the journal.
        await monitor.AddRootAsync(other, cancellationToken: Token);
        var crashed = _temporary.PathOf(Guid.NewGuid().ToString("N"));
        using (var copy = Process.Start("cp", ["-r", _host.State, crashed]))
        {
            await copy.WaitForExitAsync(Token);
            copy.ExitCode.Should().Be(0);
        }

        await monitor.StopAsync(Token);
        await reading;
        _host.State = crashed;
        return told.Last(static one => one.RelativePath == "evilfile").Id;
    }

    private string[] Segments() => Directory.GetFiles(_host.State, "*.ndjson");

    private List<string> Records() => [.. Segments().Order(StringComparer.Ordinal).SelectMany(segment => File.ReadLines(segment).Skip(1))];

    private void Change(string from, string to)
    {
        foreach (var segment in Segments())
        {
            var text = File.ReadAllText(segment);
            text.Should().Contain(from);
            File.WriteAllText(segment, text.Replace(from, to, StringComparison.Ordinal));
        }
    }
}
