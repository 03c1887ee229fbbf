using System.Globalization;
using FileMonitor.Tests.Sources.Linux;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// Who did it, where two processes change a file within a moment: one appends, and the other changes the mode at about the time when the monitor looks. An event that
/// tells of both must not name one alone.
/// </summary>
public sealed class ManyActorsTests
{
    private const int Files = 400;

    // The parent appends; its child changes the mode when it reads the number of the file, between 0 and 8 ms later.
    private const string Writers = """
        use Time::HiRes qw(usleep);
        pipe(R, W);
        if (!fork) { close W; while (<R>) { chomp; chmod 04755, "f$_"; } exit }
        select W; $| = 1;
        for (0 .. $ARGV[0] - 1) { open F, ">>", "f$_"; print F "2"; close F; usleep($_ % 40 * 200); print W "$_\n"; }
        close W; wait;
        """;

    [Fact]
    public async Task What_two_processes_did_is_not_told_as_done_by_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only fanotify says who did it.");
        await TestSources.SkipUnlessUsableAsync(ChangeSourceKind.Fanotify);
        await using var watched = await WatchedDirectory.StartAsync(
            static start =>
            {
                for (var file = 0; file < Files; file++)
                {
                    File.WriteAllText(start.PathOf(Name(file)), "1");
                }
            },
            options =>
            {
                options.Source = ChangeSourceKind.Fanotify;
                options.Report.AttributeChanges = ItemAttributes.Mode;
                options.Checksum.Enabled = false;
                options.Debounce.QuietPeriod = options.Debounce.FinishedDelay = TimeSpan.FromMilliseconds(4);
            });

        await Shell.RunAsync($"cd {watched.Root} && perl -e '{Writers}' {Files}");

        var events = await watched.DoneAsync(replays: false);
        var both = events.Where(static one => one.ChangedAttributes.HasFlag(ItemAttributes.Mode) && one.ChangedAttributes.HasFlag(ItemAttributes.Content)).ToList();
        both.Where(static one => one is { Actor: not null, HasOtherActors: false }).Should().BeEmpty("each of these tells what two processes did");
        events.Count(static one => one.ChangedAttributes.HasFlag(ItemAttributes.Mode)).Should().Be(Files);
        TestContext.Current.TestOutputHelper?.WriteLine($"{both.Count} of {Files} tell of both, {both.Count(static one => !one.HasOtherActors)} of them name one.");
    }

    private static string Name(int file) => string.Create(CultureInfo.InvariantCulture, $"f{file}");
}
