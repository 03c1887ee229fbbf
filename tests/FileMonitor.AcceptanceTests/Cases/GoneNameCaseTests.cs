using System.Text;
using FluentAssertions;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace FileMonitor.AcceptanceTests.Cases;

/// <summary>
/// A file is published by a link and written on: the kernel calls it by the name by which it was opened, which is gone, or never was.
/// </summary>
public sealed class GoneNameCaseTests
{
    /// <summary>FileSystemWatcher asks the kernel not to tell it (IN_EXCL_UNLINK): there is nothing to follow.</summary>
    public static TheoryData<ChangeSourceKind, string> Sources { get; } = new(
        from source in new[] { ChangeSourceKind.Inotify, ChangeSourceKind.Fanotify, ChangeSourceKind.Polling }
        from place in new[] { "up", "d/up" }
        select (source, place));

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task What_is_written_under_a_name_that_is_gone_is_told_of_the_file(ChangeSourceKind source, string place)
    {
        await using var watched = await StartAsync(source);
        using var file = Make(watched.PathOf("up.part"));
        Write(file, "first");
        await watched.FlushAsync();
        HardLink.Create(watched.PathOf("up.part"), watched.PathOf(place));
        File.Delete(watched.PathOf("up.part"));
        await watched.FlushAsync();
        Write(file, " second");
        await watched.SettledAsync();
        Write(file, " third");

        var events = await watched.SettledAsync();

        events.Select(Say).Should().Equal("Created up.part", $"Renamed {place}", $"Modified {place}", $"Modified {place}");
        events[^1].Sha256.Should().Be(Content.Sha256("first second third"));
    }

    [Theory]
    [MemberData(nameof(TestSources.Native), MemberType = typeof(TestSources))]
    public async Task A_file_whose_first_name_nobody_has_seen_is_found_where_it_was_written(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        using var file = Make(watched.PathOf("up.part"));
        Write(file, "first");
        HardLink.Create(watched.PathOf("up.part"), watched.PathOf("up"));
        File.Delete(watched.PathOf("up.part"));
        await watched.FlushAsync();
        Write(file, " second");
        await watched.SettledAsync();
        Write(file, " third");

        var events = await watched.SettledAsync();

        events.Select(Say).Should().Equal("Created up", "Modified up", "Modified up");
        events[^1].Sha256.Should().Be(Content.Sha256("first second third"));
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task A_file_that_was_made_without_a_name_is_told_of_by_the_one_it_got(ChangeSourceKind source, string place)
    {
        await using var watched = await StartAsync(source);
        using var file = UnnamedFile.Open(watched.Root);
        Assert.SkipWhen(file is null, "This file system has no files without a name.");
        Write(file, "first");
        UnnamedFile.Name(file, watched.PathOf(place));
        await watched.FlushAsync();
        Write(file, " second");

        var events = await watched.SettledAsync();

        events.Select(Say).Should().Equal($"Created {place}", $"Modified {place}");
        events[^1].Sha256.Should().Be(Content.Sha256("first second"));
    }

    [Theory]
    [MemberData(nameof(TestSources.Native), MemberType = typeof(TestSources))]
    public async Task Of_several_names_that_are_left_each_is_told(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        using var file = Make(watched.PathOf("a"));
        Write(file, "first");
        HardLink.Create(watched.PathOf("a"), watched.PathOf("b"));
        HardLink.Create(watched.PathOf("a"), watched.PathOf("d/c"));
        await watched.FlushAsync();
        File.Delete(watched.PathOf("a"));
        await watched.FlushAsync();
        Write(file, " second");

        var events = await watched.SettledAsync();

        events.Skip(4).Select(Say).Should().BeEquivalentTo("Modified b", "Modified d/c");
    }

    [Theory]
    [MemberData(nameof(TestSources.Native), MemberType = typeof(TestSources))]
    public async Task A_file_that_has_no_name_any_more_is_nobodys_business(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        using var file = Make(watched.PathOf("gone"));
        Write(file, "first");
        await watched.FlushAsync();
        File.Delete(watched.PathOf("gone"));
        await watched.FlushAsync();
        Write(file, " second");

        var events = await watched.SettledAsync();

        events.Select(Say).Should().Equal("Created gone", "Deleted gone");
    }

    [Fact]
    public async Task FileSystemWatcher_is_told_nothing_and_the_periodic_comparison_finds_it()
    {
        await using var watched = await StartAsync(ChangeSourceKind.FileSystemWatcher, TimeSpan.FromSeconds(1));
        using var file = Make(watched.PathOf("up.part"));
        Write(file, "first");
        HardLink.Create(watched.PathOf("up.part"), watched.PathOf("up"));
        File.Delete(watched.PathOf("up.part"));
        await watched.FlushAsync();
        Write(file, " second");

        var found = await watched.UntilAsync(one => one.Kind == AuditEventKind.Modified, "event of the periodic comparison");

        (found.RelativePath, found.Sha256).Should().Be(("up", Content.Sha256("first second")));
        await watched.SettledAsync();
    }

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source, TimeSpan interval = default)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux calls an open file by its first name.");
        await TestSources.SkipUnlessUsableAsync(source);
        return await WatchedDirectory.StartAsync(before => Directory.CreateDirectory(before.PathOf("d")), options =>
        {
            options.Source = source;
            if (interval == default)
            {
                // However long this machine stalls between the link and the end of the first name.
                WatchedDirectory.OneWindow(options);
            }

            options.Recovery.ReconcileInterval = interval;
        });
    }

    private static string Say(AuditEvent one) => $"{one.Kind} {one.RelativePath}";

    private static SafeFileHandle Make(string path) => File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    private static void Write(SafeFileHandle file, string text) => RandomAccess.Write(file, Encoding.UTF8.GetBytes(text), RandomAccess.GetLength(file));
}
