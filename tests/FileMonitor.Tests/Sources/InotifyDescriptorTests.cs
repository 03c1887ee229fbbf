using FileMonitor.Sources;
using FileMonitor.Sources.FileSystemWatchers;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources;

[Collection(nameof(InotifyDescriptorTests))]
public sealed class InotifyDescriptorTests : IDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("filemonitor-inotify-");

    public void Dispose() => _home.Delete(recursive: true);

    [Fact]
    public void Among_watchers_that_were_started_at_the_same_moment_it_is_the_one_on_the_root()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are found in /proc.");
        var root = _home.CreateSubdirectory("root").FullName;
        using var before = new FileSystemWatcher(_home.CreateSubdirectory("before").FullName);
        using var own = new FileSystemWatcher(root);
        using var after = new FileSystemWatcher(_home.CreateSubdirectory("after").FullName);

        var descriptor = InotifyDescriptor.ClaimNew(root, () =>
        {
            before.EnableRaisingEvents = true;
            own.EnableRaisingEvents = true;
            after.EnableRaisingEvents = true;
        })!;

        InotifyDescriptor.Watches(descriptor.Number, root).Should().BeTrue();
        descriptor.IsOpen.Should().BeTrue();
        own.Dispose();
        descriptor.Release(TimeSpan.FromSeconds(30)).Should().BeTrue();
        descriptor.IsOpen.Should().BeFalse("it is closed, and nobody claims it");
    }

    [Fact]
    public void A_watcher_whose_root_was_deleted_lets_go_of_it()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are found in /proc.");
        var root = _home.CreateSubdirectory("root");
        using var own = new FileSystemWatcher(root.FullName);
        using var deleted = new ManualResetEventSlim();
        own.Deleted += (_, _) => deleted.Set();
        var descriptor = InotifyDescriptor.ClaimNew(root.FullName, () => own.EnableRaisingEvents = true)!;
        File.WriteAllText(Path.Join(root.FullName, "f"), "");
        root.Delete(recursive: true);
        deleted.Wait(TestContext.Current.CancellationToken);

        own.Dispose();

        descriptor.Release(TimeSpan.FromSeconds(30)).Should().BeTrue();
    }

    [Fact]
    public void Two_on_the_same_root_cannot_be_told_apart_and_nothing_is_said()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are found in /proc.");
        using var one = new FileSystemWatcher(_home.FullName);
        using var two = new FileSystemWatcher(_home.FullName);

        InotifyDescriptor.ClaimNew(_home.FullName, () =>
        {
            one.EnableRaisingEvents = true;
            two.EnableRaisingEvents = true;
        }).Should().BeNull();
    }

    [Fact]
    public void A_watcher_that_was_dead_before_anyone_looked_has_a_closed_one()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.Version.Major <= 10, "Each watcher has a descriptor of its own on Linux until .NET 10.");
        InotifyDescriptor.ClaimNew(_home.FullName, () => { })!.IsOpen.Should().BeFalse();
    }

    [Fact]
    public void The_limit_of_watches_is_known_on_Linux()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A setting of Linux.");
        WatchLimit.Read()!.Value.Value.Should().BePositive();
    }
}

/// <summary>Descriptors belong to the whole process: while other tests make and close watchers, whose a number is cannot always be told.</summary>
[CollectionDefinition(nameof(InotifyDescriptorTests), DisableParallelization = true)]
public static class DescriptorsAlone;
