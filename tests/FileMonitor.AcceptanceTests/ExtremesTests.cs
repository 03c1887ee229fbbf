using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Trees at the limits of what file systems hold. That baseline and events add up to the disk is checked by the fixture.</summary>
public sealed class ExtremesTests
{
    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task Five_hundred_directories_one_in_the_other(ChangeSourceKind source)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(configure: options => options.Source = source);
        var deepest = string.Join('/', Enumerable.Repeat("d", 500));
        Directory.CreateDirectory(watched.PathOf(deepest));
        await File.WriteAllTextAsync(watched.PathOf(deepest + "/f"), "one", TestContext.Current.CancellationToken);

        var made = await watched.SettledAsync();

        made.Should().HaveCount(501).And.OnlyContain(one => one.Kind == AuditEventKind.Created);

        Directory.Move(watched.PathOf("d"), watched.PathOf("e"));
        var all = await watched.DoneAsync();
        all.Skip(made.Count).Where(one => one.Kind != AuditEventKind.Gap).Should().ContainSingle().Which.Should().BeEquivalentTo(
            new { Kind = AuditEventKind.Renamed, RelativePath = "e", OldRelativePath = "d" });
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_path_as_long_as_the_system_takes(ChangeSourceKind source)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The limit is another one there.");
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(configure: options => options.Source = source);

        // 4,096 bytes with the zero at the end; the sentinel of a flush needs no more room than the root has.
        const int Longest = 4_095;
        var path = "";
        while (Longest - watched.Root.Length - path.Length > 300)
        {
            path += (path.Length == 0 ? "" : "/") + new string('x', 200);
        }

        Directory.CreateDirectory(watched.PathOf(path));
        path += "/" + new string('f', Longest - watched.PathOf(path).Length - 1);
        watched.PathOf(path).Length.Should().Be(Longest);
        await File.WriteAllTextAsync(watched.PathOf(path), "one", TestContext.Current.CancellationToken);

        var events = await watched.DoneAsync();

        events.Should().ContainSingle(one => one.RelativePath == path).Which.Sha256.Should().Be(Content.Sha256("one"));
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_hundred_thousand_entries_in_one_directory(ChangeSourceKind source)
    {
        const int Entries = 100_000;
        await TestSources.SkipUnlessUsableAsync(source);
        await using var watched = await WatchedDirectory.StartAsync(configure: options =>
        {
            options.Source = source;
            options.Checksum.Enabled = false;
            options.Readers.BufferCapacity = 2 * Entries;
        });
        Directory.CreateDirectory(watched.PathOf("d"));
        for (var entry = 0; entry < Entries; entry++)
        {
            Directory.CreateSymbolicLink(watched.PathOf($"d/{entry}"), "nowhere");
        }

        var flushed = await watched.FlushAsync();
        watched.Events.Count(one => one.Kind == AuditEventKind.Created).Should().Be(Entries + 1);

        Directory.Delete(watched.PathOf("d"), recursive: true);
        await watched.FlushAsync();
        watched.Events.Count(one => one.Kind == AuditEventKind.Deleted && one.Sequence > flushed.Sequence).Should().Be(Entries + 1);
    }
}
