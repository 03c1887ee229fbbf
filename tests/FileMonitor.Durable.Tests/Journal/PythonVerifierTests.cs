using System.Diagnostics;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Files;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>docs/verify_journal.py knows the form of a journal from docs/journal.md alone, and agrees.</summary>
public sealed class PythonVerifierTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Journal => _temporary.PathOf("journal");

    public PythonVerifierTests()
    {
        Assert.SkipUnless(IsInstalled("python3") && IsInstalled("openssl"), "python3 or openssl is not installed.");
    }

    [Fact]
    public async Task A_journal_with_several_keys_is_believed()
    {
        await WriteAsync(Settings(Journal, segmentBytes: 40_000), 2000, linesPerCommit: 100);

        var (code, text) = await VerifyAsync(Journal);

        var last = Verify(Journal).AuthenticUpTo - 1;
        text.Trim().Should().Be($"records 0 to {last} are authentic; records behind the last checkpoint: 0");
        code.Should().Be(0);
    }

    [Fact]
    public async Task A_journal_whose_disk_failed_and_whose_old_segments_are_gone_is_believed()
    {
        var device = new FaultyDevice { FailFrom = 60 };
        var failing = JournalWriter.Open(Settings(Journal, segmentBytes: 3000) with { Device = device });
        for (var from = 1; from <= 150; from += 10)
        {
            failing.AppendMany(from, 10);
            failing.Commit();
        }

        await failing.CloseAsync(CancellationToken.None);
        device.FailedCount.Should().Be(1);
        await using var writer = JournalWriter.Open(Settings(Journal, segmentBytes: 3000));
        writer.DeleteSegments(100, DateTimeOffset.MaxValue).Should().BePositive();
        writer.Append(Line(1000));
        writer.Commit();

        var (code, text) = await VerifyAsync(Journal);

        text.Should().MatchRegex("^records [1-9][0-9]* to 1[0-9]{2} are authentic; records behind the last checkpoint: 1\n$");
        code.Should().Be(0);
    }

    [Fact]
    public async Task Changed_bytes_are_refused()
    {
        await WriteAsync(Settings(Journal, segmentBytes: 2500), 80);
        string[] files = [.. Directory.GetFiles(Journal, "*.ndjson"), .. Directory.GetFiles(Journal, "*.checkpoint"), Path.Join(Journal, JournalDirectory.KeyLinksName)];
        var random = new Random(3);
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            var bytes = File.ReadAllBytes(file);
            var at = random.Next(bytes.Length - 1);
            bytes[at] ^= 1;
            File.WriteAllBytes(file, bytes);

            var (code, text) = await VerifyAsync(Journal);

            code.Should().NotBe(0, $"byte {at} of {Path.GetFileName(file)} was changed, and the answer is {text}");
            bytes[at] ^= 1;
            File.WriteAllBytes(file, bytes);
        }

        (await VerifyAsync(Journal)).Code.Should().Be(0);
    }

    public void Dispose() => _temporary.Dispose();

    private static async Task<(int Code, string Text)> VerifyAsync(string journal)
    {
        using var process = Process.Start(new ProcessStartInfo("python3", [Script(), journal, Path.Join(journal, JournalDirectory.FirstKeyName)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await error;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, text);
    }

    private static string Script() => Path.Join(AppContext.BaseDirectory, "verify_journal.py");

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Join(directory, program)));
}
