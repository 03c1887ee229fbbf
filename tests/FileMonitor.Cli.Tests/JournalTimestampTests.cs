using FileMonitor.Durable;
using FileMonitor.Durable.Tests.Journal;
using Xunit;
using static FileMonitor.Cli.Tests.KeptState;

namespace FileMonitor.Cli.Tests;

public sealed class JournalTimestampTests : IDisposable
{
    private readonly KeptState _state = new();
    private readonly TestAuthority _authority;

    public JournalTimestampTests()
    {
        Assert.SkipUnless(TestAuthority.IsInstalled && OperatingSystem.IsLinux(), "openssl is not installed.");
        _authority = new();
        _state.ConfigureState = state => state.Anchors.Add(new TimestampAnchor(new() { Uri = _authority.Uri, Path = Stamps, TrustedCertificates = [_authority.Root] }));
    }

    private string Stamps => _state.PathOf("stamps");

    [Fact]
    public async Task A_journal_is_verified_with_its_time_stamps()
    {
        await _state.RunAsync("a");

        var (code, output, error) = await VerifyAsync(_authority.RootPath);
        var (_, all, _) = await CommandAsync("journal", "verify", _state.Directory, "--key", _state.FirstKey, "--anchor", _state.Anchors, "--timestamps", Stamps, "--tsa-certificate", _authority.RootPath);
        var (reported, report, _) = await CommandAsync("journal", "report", _state.Directory, "--timestamps", Stamps, "--tsa-certificate", _authority.RootPath, "--format", "json");

        Assert.Equal((ExitCode.Done, ""), (code, error));
        Assert.Matches("^all ([0-9]+) records \\(0 to ([0-9]+)\\) are authentic; existed at 20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{8}Z by \"Test time stamps\" up to record \\2\n$", output);
        Assert.Matches("authentic; anchored up to record ([0-9]+); existed at [^;]* up to record \\1\n$", all);
        Assert.Equal(ExitCode.Done, reported);
        Assert.Matches("\"timestampedUpTo\": [1-9][0-9]*,\\s*\"timestampedAt\": \"20[^\"]*Z\",\\s*\"timestampedBy\": \"Test time stamps\"", report);
    }

    [Fact]
    public async Task A_changed_journal_and_somebody_who_is_not_trusted_are_found()
    {
        using var other = new TestAuthority();
        await _state.RunAsync("a");

        var (foreign, foreignSaid, _) = await VerifyAsync(other.RootPath);
        var (none, noneSaid, _) = await CommandAsync("journal", "verify", _state.Directory, "--key", _state.FirstKey, "--timestamps", Stamps);
        _state.Tamper("Created");
        var (changed, changedSaid, _) = await VerifyAsync(_authority.RootPath);

        Assert.Equal((ExitCode.Differs, ExitCode.Differs, ExitCode.Differs), (foreign, none, changed));
        Assert.All([foreignSaid, noneSaid], said => Assert.Matches("^NOT AUTHENTIC: The time stamp of the checkpoint of 0 records[^\n]* proves nothing: the certificate of the time stamp is not trusted: ", said));
        Assert.StartsWith("NOT AUTHENTIC: ", changedSaid, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mistakes_are_told()
    {
        await _state.RunAsync("a");
        var empty = _state.PathOf("empty");
        await File.WriteAllTextAsync(empty, "nothing", TestContext.Current.CancellationToken);

        var (alone, _, aloneSaid) = await CommandAsync("journal", "verify", _state.Directory, "--tsa-certificate", empty);
        var (reported, _, reportSaid) = await CommandAsync("journal", "report", _state.Directory, "--tsa-certificate", empty);
        var (without, _, withoutSaid) = await VerifyAsync(empty);
        var (missing, _, missingSaid) = await VerifyAsync(_state.PathOf("missing"));

        Assert.Equal((ExitCode.BadArguments, ExitCode.BadArguments, ExitCode.Failed, ExitCode.Failed), (alone, reported, without, missing));
        Assert.All([aloneSaid, reportSaid], said => Assert.Contains("--tsa-certificate needs --timestamps", said, StringComparison.Ordinal));
        Assert.Contains("has no certificate in PEM form", withoutSaid, StringComparison.Ordinal);
        Assert.Contains("missing", missingSaid, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _authority?.Dispose();
        _state.Dispose();
    }

    private Task<(int Code, string Output, string Error)> VerifyAsync(string certificate) =>
        CommandAsync("journal", "verify", _state.Directory, "--key", _state.FirstKey, "--timestamps", Stamps, "--tsa-certificate", certificate);
}
