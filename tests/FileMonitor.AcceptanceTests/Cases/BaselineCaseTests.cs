using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>What was there at start is moved while it is read for the baseline.</summary>
public sealed class BaselineCaseTests
{
    private const int Directories = 20;
    private const int FilesInEach = 50;

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task What_is_renamed_while_the_baseline_is_read_gets_its_checksum(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(
            before =>
            {
                for (var file = 0; file < Directories * FilesInEach; file++)
                {
                    File.WriteAllText(Path.Join(Directory.CreateDirectory(before.PathOf($"d{file % Directories}")).FullName, $"{file / Directories}"), $"{file}");
                }
            },
            options =>
            {
                options.Source = source;
                options.Polling.Interval = TimeSpan.FromMilliseconds(100);
            },
            waitsForBaseline: false);
        for (var number = 0; number < Directories; number++)
        {
            Directory.Move(watched.PathOf($"d{number}"), watched.PathOf($"e{number}"));
            File.Move(watched.PathOf($"e{number}/0"), watched.PathOf($"e{number}/moved"));
        }

        // The events add up to what is on the disk, checksums included.
        var events = await watched.SettledAsync();

        events.Should().OnlyContain(one => one.Kind == AuditEventKind.Renamed || (one.Kind == AuditEventKind.ChecksumUpdated && one.Origin == AuditEventOrigin.Baseline));
        events.Count(one => one.Kind == AuditEventKind.Renamed).Should().Be(2 * Directories);
    }
}
