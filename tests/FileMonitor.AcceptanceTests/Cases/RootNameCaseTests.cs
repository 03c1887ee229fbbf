using System.Diagnostics;
using FileMonitor.Testing;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>A root whose name is not UTF-8, and a root that may not be read.</summary>
public sealed class RootNameCaseTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_root_whose_name_is_not_UTF8_is_watched_like_any_other(ChangeSourceKind source)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Names are bytes on Linux.");
        await TestSources.SkipUnlessUsableAsync(source);
        var home = Directory.CreateTempSubdirectory("filemonitor-").FullName;
        var sink = new CapturingSink();
        try
        {
            Shell(home, "mkdir -p \"$(printf 'r\\377t')/d\"");
            await using (var monitor = FileSystemMonitor.Create(
                options =>
                {
                    options.AddRoot(Path.Join(home, "r\uDCFFt"));
                    options.Source = source;
                    options.RootsMustExist = true;
                    options.Polling.Interval = TimeSpan.FromMilliseconds(50);
                    options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(50);
                },
                components => components.AddSink(sink, SinkPromise.Required, "captured")))
            {
                await monitor.StartAsync(Cancelled);
                Shell(home, "echo one > \"$(printf 'r\\377t')/d/f\"");
                var flushed = await monitor.FlushAsync(Cancelled);
                Shell(home, "rm \"$(printf 'r\\377t')/d/f\"");
                await monitor.FlushAsync(Cancelled);
                var health = monitor.GetHealth();
                var verified = await monitor.VerifyAsync(checksums: true, Cancelled);

                verified.DifferenceCount.Should().Be(0);
                health.Roots[0].IsAvailable.Should().BeTrue();
                flushed.IsComplete.Should().Be(source != ChangeSourceKind.FileSystemWatcher, string.Join(' ', flushed.Degradations));
                if (source == ChangeSourceKind.FileSystemWatcher)
                {
                    health.Degradations.Should().ContainSingle().Which.Should().Contain("not UTF-8").And.Contain("Inotify");
                }
                else
                {
                    health.Degradations.Should().BeEmpty();
                }
            }

            sink.Events.Where(one => one.Kind is AuditEventKind.Created or AuditEventKind.Deleted).Select(one => $"{one.Kind} {one.RelativePath}")
                .Should().Equal("Created d/f", "Deleted d/f");
        }
        finally
        {
            Shell(home, "rm -rf \"$PWD\"");
        }
    }

    [Fact]
    public Task A_root_that_may_not_be_read_is_lost_and_nothing_else_is_said_of_it() =>
        UserNamespace.RunWithoutRightsAsync(nameof(Inside_a_root_that_may_not_be_read_is_said_to_be_lost_once));

    [Theory(Explicit = true)]
    [InlineData(ChangeSourceKind.Inotify)]
    [InlineData(ChangeSourceKind.FileSystemWatcher)]
    [InlineData(ChangeSourceKind.Polling)]
    public async Task Inside_a_root_that_may_not_be_read_is_said_to_be_lost_once(ChangeSourceKind source)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var home = new TemporaryDirectory();
        var root = Directory.CreateDirectory(home.PathOf("root")).FullName;
        File.SetUnixFileMode(root, UnixFileMode.None);
        var sink = new CapturingSink();
        await using var monitor = FileSystemMonitor.Create(
            options =>
            {
                options.AddRoot(root);
                options.Source = source;
                options.Debounce.QuietPeriod = TimeSpan.FromMilliseconds(50);
            },
            components => components.AddSink(sink, SinkPromise.Required, "captured"));
        await monitor.StartAsync(Cancelled);
        var flushed = await monitor.FlushAsync(Cancelled);

        sink.Events.Select(Say).Should().Equal("RootLost ", "Gap RootLost Opened");
        flushed.Degradations.Should().ContainSingle().Which.Should().Contain("may not be read");
        var health = monitor.GetHealth();
        (health.OpenGaps.Count, health.Roots[0].IsAvailable).Should().Be((1, false));
        health.Degradations.Should().NotContain(one => one.Contains("compared with the disk instead", StringComparison.Ordinal));

        File.SetUnixFileMode(root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await sink.WaitForAsync(events => events.Any(one => one.Gap?.Phase == GapPhase.Closed), Cancelled);
        await File.WriteAllTextAsync(home.PathOf("root/f"), "one", Cancelled);
        (await monitor.FlushAsync(Cancelled)).IsComplete.Should().BeTrue();

        sink.Events.Select(Say).Should().Equal("RootLost ", "Gap RootLost Opened", "RootRestored ", "Gap RootLost Closed", "Created f");
    }

    private static string Say(AuditEvent one) => one.Gap is { } gap ? $"Gap {gap.Cause} {gap.Phase}" : $"{one.Kind} {one.RelativePath}";

    private static void Shell(string directory, string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { WorkingDirectory = directory })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
