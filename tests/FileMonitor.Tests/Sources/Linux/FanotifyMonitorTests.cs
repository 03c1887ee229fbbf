using FileMonitor.Sources.Linux;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>A whole monitor on a real directory: what it knows after a flush is what is there, and it lost nothing on the way.</summary>
public sealed class FanotifyMonitorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_is_done_is_known_after_a_flush(int seed)
    {
        FanotifyBench.SkipUnlessUsable();
        var home = Directory.CreateTempSubdirectory("filemonitor-fanotify-").FullName;
        var top = Directory.CreateDirectory(Path.Join(home, "root")).FullName;
        var outside = Directory.CreateDirectory(Path.Join(home, "outside")).FullName;
        var seen = new CapturingSink();
        var token = TestContext.Current.CancellationToken;
        await using (var monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(top);
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(20);
            },
            parts =>
            {
                parts.Source = () => new FanotifySource(TimeSpan.FromSeconds(30), TimeProvider.System, NullLogger.Instance);
                parts.AddSink(seen);
            }))
        {
            await monitor.StartAsync(token);
            var random = new Random(seed);
            for (var round = 0; round < 10; round++)
            {
                for (var i = 0; i < 60; i++)
                {
                    Try(() => DoSomething(random, random.Next(12) == 0 ? outside : top, top));
                }

                (await monitor.FlushAsync(token)).Degradations.Should().BeEmpty();
                var verified = await monitor.VerifyAsync(checksums: true, token);
                verified.Differences.Select(one => $"{one.Kind} {one.RelativePath}: {one.Detail}").Should().BeEmpty($"seed {seed}, round {round}");
            }

            await monitor.StopAsync(token);
            monitor.GetHealth().Counters.Lost.Should().Be(0);
        }

        seen.Events.Should().NotContain(one => one.Kind == AuditEventKind.Gap);
        Directory.Delete(home, recursive: true);
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
