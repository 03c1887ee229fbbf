using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>What goes wrong for a moment, because the disk moved on, is no condition that lasts.</summary>
public sealed class TransientCaseTests
{
    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task Directories_that_die_while_they_are_found_leave_no_gap(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(configure: options => options.Source = source);
        var made = Path.Join(watched.Outside, "t");
        for (var round = 0; round < 3_000; round++)
        {
            Directory.CreateDirectory(made);
            Directory.Move(made, watched.PathOf("x"));
            Directory.Delete(watched.PathOf("x"));
        }

        await watched.SettledAsync();

        var health = watched.Monitor.GetHealth();
        health.OpenGaps.Where(gap => gap.Cause is GapCause.PartialCoverage or GapCause.Inaccessible).Should().BeEmpty();
        health.Degradations.Should().NotContain(one => one.Contains("cannot be", StringComparison.Ordinal));
    }
}
