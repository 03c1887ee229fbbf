using FileMonitor.Sources.Fanotify;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>A whole monitor on a real directory: what it knows after a flush is what is there, and it lost nothing on the way.</summary>
public sealed class FanotifyMonitorTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-fanotify-").FullName;
    private readonly CapturingSink _seen = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_is_done_is_known_after_a_flush(int seed)
    {
        var top = Directory.CreateDirectory(Path.Join(_home, "root")).FullName;
        var outside = Directory.CreateDirectory(Path.Join(_home, "outside")).FullName;
        await using (var monitor = await StartAsync(top))
        {
            var random = new Random(seed);
            for (var round = 0; round < 10; round++)
            {
                for (var i = 0; i < 60; i++)
                {
                    Try(() => DoSomething(random, random.Next(12) == 0 ? outside : top, top));
                }

                await SettleAsync(monitor, $"seed {seed}, round {round}");
            }
        }

        _seen.Events.Should().NotContain(one => one.Kind == AuditEventKind.Gap);
    }

    [Fact]
    public async Task What_is_renamed_to_and_fro_is_known_where_it_ends()
    {
        var top = Directory.CreateDirectory(Path.Join(_home, "root")).FullName;
        Directory.CreateDirectory(Path.Join(top, "a/deep"));
        await File.WriteAllTextAsync(Path.Join(top, "f"), "", Token);
        await using var monitor = await StartAsync(top);

        // The kernel merges renames that are the same, and so hides which was the last.
        for (var round = 0; round < 20; round++)
        {
            for (var i = 0; i <= round; i++)
            {
                var (from, to) = Directory.Exists(Path.Join(top, "a")) ? ("a", "b") : ("b", "a");
                Directory.Move(Path.Join(top, from), Path.Join(top, to));
                (from, to) = File.Exists(Path.Join(top, "f")) ? ("f", "g") : ("g", "f");
                File.Move(Path.Join(top, from), Path.Join(top, to));
            }

            var now = Directory.Exists(Path.Join(top, "a")) ? "a" : "b";
            await File.WriteAllTextAsync(Path.Join(top, now, "deep", $"{round}"), $"{round}", Token);
            await SettleAsync(monitor, $"round {round}");
        }

        _seen.Events.Should().NotContain(one => one.Kind == AuditEventKind.Gap);
    }

    private async Task<FileSystemMonitor> StartAsync(string top)
    {
        FanotifyBench.SkipUnlessUsable();
        var monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(top);
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20);
            },
            parts =>
            {
                parts.Source = () => new FanotifySource(TimeSpan.FromSeconds(30), TimeProvider.System, NullLogger.Instance);
                parts.AddSink(_seen);
            });
        await monitor.StartAsync(Token);
        return monitor;
    }

    private static async Task SettleAsync(FileSystemMonitor monitor, string when)
    {
        (await monitor.FlushAsync(Token)).Degradations.Should().BeEmpty();
        var verified = await monitor.VerifyAsync(checksums: true, Token);
        verified.Differences.Select(one => $"{one.Kind} {one.RelativePath}: {one.Detail}").Should().BeEmpty(when);
        monitor.GetHealth().Counters.Lost.Should().Be(0);
    }

    /// <summary>Names are few, so that they meet each other.</summary>
    private static void DoSomething(Random random, string from, string top)
    {
        string Pick(string root) => Path.Join(root, string.Join('/', Enumerable.Range(0, random.Next(1, 4)).Select(_ => "abc"[random.Next(3)])));
        var path = Pick(from);
        switch (random.Next(8))
        {
            case 0:
            case 1:
                Directory.CreateDirectory(path);
                break;
            case 2:
            case 3:
                File.WriteAllText(path + "f", $"{random.Next()}");
                break;
            case 4:
            case 5:
                Directory.Move(path, Pick(top));
                break;
            case 6:
                File.Move(path + "f", Pick(top) + "f", overwrite: true);
                break;
            default:
                Directory.Delete(path, recursive: true);
                break;
        }
    }

    private static void Try(Action something)
    {
        try
        {
            something();
        }
        catch (Exception impossible) when (impossible is IOException or UnauthorizedAccessException)
        {
            // It is not there, or in the way.
        }
    }
}
