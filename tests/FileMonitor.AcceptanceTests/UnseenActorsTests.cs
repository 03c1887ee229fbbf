using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using FileMonitor.Tests.Sources.Linux;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>
/// Who did it, where somebody changed a file in a way of which no source hears under its name, and then another process touches it. The event that tells of both must
/// not say that one did it alone; and must say so where one did.
/// </summary>
public sealed class UnseenActorsTests
{
    private const string File = "f";

    /// <summary>What is done first, unheard (by what), and what is done then.</summary>
    public static TheoryData<string, string> Unheard => new()
    {
        { "chmod 4755 other", $"touch {File}" },
        { "sh -c 'echo more >> other'", $"chmod 640 {File}" },
        { "sh -c 'echo more >> ../outside/name'", $"touch {File}" },
        { "chattr +a plain", "sh -c 'echo more >> plain'" },
    };

    /// <summary>What one process does alone.</summary>
    public static TheoryData<string> Alone =>
    [
        "chmod 4755 plain",
        "touch plain",
        "sh -c 'echo more >> plain'",
        "perl -e 'open F, \">>\", \"plain\"; print F \"more\"; chmod 0600, \"plain\"; close F; utime 1, 1, \"plain\"'",
        "truncate -s 1 plain",
        "cp -p ../outside/copied plain",
        "mv ../outside/copied plain",
        "setfattr -n user.a -v b plain",
        "chown 1:1 plain",
    ];

    [Theory]
    [MemberData(nameof(Unheard))]
    public async Task Whoever_touches_a_file_that_was_changed_unheard_is_not_named_alone(string unheard, string touch)
    {
        await using var watched = await StartAsync();
        await RunAsync(watched, unheard);
        await watched.FlushAsync();

        await RunAsync(watched, touch);

        await watched.FlushAsync();
        await RunAsync(watched, "chattr -a plain");
        var told = Told(watched, touch[(touch.LastIndexOf(' ') + 1)..].TrimEnd('\''));
        told.Actor.Should().NotBeNull();
        told.HasOtherActors.Should().BeTrue($"{told.ChangedAttributes} was not all done by {told.Actor!.Executable}");
    }

    [Fact]
    public async Task Who_changes_the_mode_of_a_file_that_is_written_through_a_mapping_is_not_named_alone()
    {
        await using var watched = await StartAsync();
        using var mapped = MemoryMappedFile.CreateFromFile(watched.PathOf("plain"), FileMode.Open);
        using var view = mapped.CreateViewAccessor();
        view.Write(0, (byte)'X');

        await RunAsync(watched, "chmod 4755 plain");

        await watched.FlushAsync();
        var told = Told(watched, "plain");
        told.ChangedAttributes.Should().HaveFlag(ItemAttributes.Content).And.HaveFlag(ItemAttributes.Mode);
        told.HasOtherActors.Should().BeTrue();
    }

    [Fact]
    public async Task Nor_is_who_changes_the_mode_of_a_directory_whose_flags_were_changed_unheard()
    {
        await using var watched = await StartAsync(static start =>
        {
            var directory = Directory.CreateDirectory(start.PathOf("d")).FullName;
            using var process = Process.Start("chattr", ["+a", directory]);
            process.WaitForExit();
            Assert.SkipUnless(process.ExitCode == 0, "The file system has no such flag.");
        });
        await RunAsync(watched, "chattr -a d");
        await watched.FlushAsync();

        await RunAsync(watched, "chmod 700 d");

        await watched.FlushAsync();
        var told = Told(watched, "d");
        told.ChangedAttributes.Should().Be(ItemAttributes.Flags | ItemAttributes.Mode);
        told.Actor.Should().NotBeNull();
        told.HasOtherActors.Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Alone))]
    public async Task What_one_process_did_alone_is_told_as_that(string command)
    {
        await using var watched = await StartAsync();

        await RunAsync(watched, command);

        await watched.FlushAsync();
        var told = Told(watched, "plain");
        told.Actor.Should().NotBeNull();
        told.HasOtherActors.Should().BeFalse($"{told.ChangedAttributes} was done by {told.Actor!.Executable}");
    }

    private static async Task<WatchedDirectory> StartAsync(Action<WatchedDirectory>? prepare = null)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only fanotify says who did it.");
        await TestSources.SkipUnlessUsableAsync(ChangeSourceKind.Fanotify);
        return await WatchedDirectory.StartAsync(
            start =>
            {
                prepare?.Invoke(start);
                System.IO.File.WriteAllText(start.PathOf(File), "1");
                System.IO.File.WriteAllText(start.PathOf("plain"), "1");
                System.IO.File.WriteAllText(Path.Join(start.Outside, "copied"), "2");
                if (!OperatingSystem.IsWindows())
                {
                    System.IO.File.SetUnixFileMode(Path.Join(start.Outside, "copied"), UnixFileMode.UserRead);
                }

                HardLink.Create(start.PathOf(File), start.PathOf("other"));
                HardLink.Create(start.PathOf(File), Path.Join(start.Outside, "name"));
            },
            options =>
            {
                options.Source = ChangeSourceKind.Fanotify;
                options.Report.AttributeChanges = ItemAttributes.AllMetadata;
                options.Checksum.Baseline = true;
            },
            components => components.LongestActorHold = TimeSpan.FromMinutes(1)); // On a busy machine the source reads late, and then nobody is sure.
    }

    private static AuditEvent Told(WatchedDirectory watched, string path) => watched.SinceBaseline().Last(one => one.RelativePath == path);

    private static Task<int> RunAsync(WatchedDirectory watched, string command) => Shell.RunAsync($"cd {watched.Root} && {command}");
}
