using System.Diagnostics;
using System.Security.Cryptography;
using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Durable.Tests.State;

/// <summary>The sample drop folder: uploads of all kinds while it is killed again and again give one result each.</summary>
public sealed class IngestTests : IDisposable
{
    private const int Kills = 12;
    private const int UploadsBetween = 6;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-ingest-");
    private readonly Dictionary<string, string> _uploaded = [];
    private readonly List<(string Name, FileStream File, byte[] Left)> _open = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Inbox => Path.Join(_home.FullName, "inbox");

    private string Results => Path.Join(_home.FullName, "results");

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Each_upload_gives_one_result_for_each_consumer_however_often_the_host_is_killed(int seed)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs Linux.");
        var random = new Random(seed);
        Directory.CreateDirectory(Inbox);
        Upload(random, "before-the-first-start");
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = Start();
            await host.StandardOutput.ReadLineAsync(Token).AsTask().WaitAsync(Patience, Token);
            for (var upload = 0; upload < UploadsBetween; upload++)
            {
                Upload(random, $"{kill}-{upload}");
            }

            await KillAsync(host, random);
            CloseSome(random);
        }

        CloseAll();
        await HandleTheRestAsync();

        var ledger = Directory.EnumerateFiles(Path.Join(Results, "ledger"), "*.json").Select(file => AuditEventJson.Parse(File.ReadAllText(file))).ToList();
        ledger.Select(entry => (entry.RelativePath, entry.Sha256)).Should().BeEquivalentTo(_uploaded.Select(upload => (upload.Key, upload.Value)));
        foreach (var sha256 in _uploaded.Values)
        {
            Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Join(Results, "archive", sha256), Token))).Should().Be(sha256);
        }
    }

    public void Dispose()
    {
        CloseAll();
        _home.Delete(recursive: true);
    }

    /// <summary>Kills the host at a random moment, 0 to 300 ms after the uploads.</summary>
    private static async Task KillAsync(Process host, Random random)
    {
        await host.WaitForExitAsync(Token).WaitAsync(TimeSpan.FromMilliseconds(random.Next(300)), Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        host.Kill();
        await host.WaitForExitAsync(Token);
    }

    private async Task HandleTheRestAsync()
    {
        using var host = Start();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(Patience);
        while (Count("ledger", "*.json") < _uploaded.Count || Count("archive", "*") < _uploaded.Values.Distinct().Count())
        {
            deadline.Token.IsCancellationRequested.Should().BeFalse("{0} of {1} uploads are in the ledger", Count("ledger", "*.json"), _uploaded.Count);
            await Task.Yield();
        }

        host.Kill();
        await host.WaitForExitAsync(Token);
    }

    private int Count(string consumer, string pattern) => Directory.Exists(Path.Join(Results, consumer))
        ? Directory.EnumerateFiles(Path.Join(Results, consumer), pattern).Count(file => !file.EndsWith(".tmp", StringComparison.Ordinal))
        : 0;

    private void Upload(Random random, string name)
    {
        var content = new byte[random.Next(1, 200_000)];
        random.NextBytes(content);
        _uploaded[name] = Convert.ToHexStringLower(SHA256.HashData(content));
        var path = Path.Join(Inbox, name);
        switch (random.Next(4))
        {
            case 0:
                File.WriteAllBytes(path + ".part", content);
                File.Move(path + ".part", path);
                break;
            case 1:
                File.WriteAllBytes(path, content);
                break;
            case 2:
                // In pieces, open while the host is killed.
                var upload = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
                upload.Write(content, 0, content.Length / 2);
                upload.Flush();
                _open.Add((name, upload, content[(content.Length / 2)..]));
                break;
            default:
                // Two writers, of which one closes early.
                var first = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
                using (var second = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                {
                    second.Write(content, 0, content.Length / 2);
                }

                first.Position = content.Length / 2;
                _open.Add((name, first, content[(content.Length / 2)..]));
                break;
        }
    }

    private void CloseSome(Random random)
    {
        foreach (var one in _open.Where(_ => random.Next(2) == 0).ToList())
        {
            Close(one);
        }
    }

    private void CloseAll()
    {
        foreach (var one in _open.ToList())
        {
            Close(one);
        }
    }

    private void Close((string Name, FileStream File, byte[] Left) one)
    {
        one.File.Write(one.Left);
        one.File.Dispose();
        _open.Remove(one);
    }

    private Process Start() => Process.Start(new ProcessStartInfo(Path.Join(AppContext.BaseDirectory, "FileMonitor.Ingest"), [Inbox, Results, Path.Join(_home.FullName, "state")])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
