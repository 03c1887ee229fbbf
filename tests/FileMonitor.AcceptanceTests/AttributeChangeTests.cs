using System.Diagnostics;
using FluentAssertions;
using Xunit;

namespace FileMonitor.AcceptanceTests;

/// <summary>Each change of the metadata of an item is one event with what was before and after, on the real disk, by the programs that people use, with every source.</summary>
public sealed class AttributeChangeTests
{
    private const string File = "f";
    private const string Directory = "d";
    private const string Link = "l";

    /// <summary>What is done, to which item, with what changed and how it is told before and after. The files that are there have mode 0644, of root.</summary>
    public static TheoryData<string, string, ItemAttributes, string, string> Changes => new()
    {
        { "chmod 600", File, ItemAttributes.Mode, "0644", "0600" },
        { "chmod u+s", File, ItemAttributes.Mode, "0644", "4644" },
        { "chmod 1777", Directory, ItemAttributes.Mode, "0755", "1777" },
        { "chown 1", File, ItemAttributes.Owner, "root", "daemon" },
        { "chown 1", Directory, ItemAttributes.Owner, "root", "daemon" },
        { "chown -h 1", Link, ItemAttributes.Owner, "root", "daemon" },
        { "chgrp 12345", File, ItemAttributes.Group, "root", "12345" },
        { "touch -d 2020-01-01Z", File, ItemAttributes.LastWriteTime, "", "2020-01-01" },
        { "touch -h -d 2020-01-01Z", Link, ItemAttributes.LastWriteTime, "", "2020-01-01" },
        { "setfacl -m u:1000:rwx", File, ItemAttributes.AccessControlList | ItemAttributes.Mode, "", "user::rw-,user:1000:rwx,group::r--,mask::rwx,other::r--" },
        { "setfacl -d -m u:1000:rx", Directory, ItemAttributes.AccessControlList, "", "user::rwx,user:1000:r-x,group::r-x,mask::r-x,other::r-x" },
        { "setcap cap_net_raw=ep", File, ItemAttributes.Capabilities, "", "cap_net_raw=ep" },
        { "setfattr -n user.origin -v here", File, ItemAttributes.OtherExtendedAttributes, "", "user.origin=fcec9150" },
        { "setfattr -n user.origin -v here", Directory, ItemAttributes.OtherExtendedAttributes, "", "user.origin=fcec9150" },
        { "setfattr -h -n trusted.origin -v here", Link, ItemAttributes.OtherExtendedAttributes, "", "trusted.origin=fcec9150" },
        { "chattr +i", File, ItemAttributes.Flags, "", "Immutable" },
        { "chattr +a", Directory, ItemAttributes.Flags, "", "AppendOnly" },
    };

    public static TheoryData<ChangeSourceKind, string, string, ItemAttributes, string, string> All
    {
        get
        {
            var all = new TheoryData<ChangeSourceKind, string, string, ItemAttributes, string, string>();
            foreach (var source in TestSources.All)
            {
                foreach (var change in Changes)
                {
                    all.Add(source.Data, change.Data.Item1, change.Data.Item2, change.Data.Item3, change.Data.Item4, change.Data.Item5);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Each_change_is_one_event_with_before_and_after(ChangeSourceKind source, string command, string item, ItemAttributes changed, string before, string after)
    {
        await using var watched = await StartAsync(source);
        Run(command, watched.PathOf(item));
        try
        {
            var told = (await ToldAsync(watched)).Should().ContainSingle("one thing was done: {0}", WatchedDirectory.Describe([.. watched.Events])).Subject;

            (told.Kind, told.RelativePath, told.ChangedAttributes).Should().Be((AuditEventKind.AttributesChanged, item, changed));
            Words(told.Previous!, changed).Should().StartWith(before);
            Words(told.Metadata, changed).Should().StartWith(after);
        }
        finally
        {
            Run("chattr -ia", watched.PathOf(item == Link ? File : item));
        }
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task What_is_taken_away_again_is_told_as_gone(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source, path => Run("setfacl -m u:1000:rwx", path));
        Run("setfacl -b", watched.PathOf(File));

        var told = (await ToldAsync(watched)).Should().ContainSingle().Subject;
        told.ChangedAttributes.Should().HaveFlag(ItemAttributes.AccessControlList);
        told.Previous!.ExtendedAttributes!.AccessControlList.Should().Be("user::rw-,user:1000:rwx,group::r--,mask::rwx,other::r--");
        told.ExtendedAttributes!.AccessControlList.Should().BeNull();
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_link_to_another_target_says_where_it_pointed(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        System.IO.File.CreateSymbolicLink(Path.Join(watched.Outside, "other"), "elsewhere");
        System.IO.File.Move(Path.Join(watched.Outside, "other"), watched.PathOf(Link), overwrite: true);

        var told = (await ToldAsync(watched)).Should().ContainSingle().Subject;
        (told.Kind, told.ChangedAttributes & ItemAttributes.LinkTarget, told.Previous!.LinkTarget, told.LinkTarget).Should().Be((AuditEventKind.Modified, ItemAttributes.LinkTarget, "f", "elsewhere"));
    }

    [Theory]
    [MemberData(nameof(TestSources.All), MemberType = typeof(TestSources))]
    public async Task A_write_says_what_else_changed(ChangeSourceKind source)
    {
        await using var watched = await StartAsync(source);
        System.IO.File.WriteAllText(watched.PathOf(File), "other");
        Run("chmod 600", watched.PathOf(File));
        Run("setfattr -n user.origin -v here", watched.PathOf(File));

        var told = (await ToldAsync(watched)).Where(one => one.Kind == AuditEventKind.Modified).Should().ContainSingle().Subject;
        told.ChangedAttributes.Should().HaveFlag(ItemAttributes.Content | ItemAttributes.Size);
        told.Previous!.Mode.Should().Be(0x1A4);

        // Perhaps the mode was told apart: the file may have been looked at in between. Taken together, everything is told.
        watched.Events.Aggregate(ItemAttributes.None, (all, one) => all | one.ChangedAttributes).Should().HaveFlag(ItemAttributes.Mode | ItemAttributes.OtherExtendedAttributes);
    }

    private static async Task<WatchedDirectory> StartAsync(ChangeSourceKind source, Action<string>? prepare = null)
    {
        await TestSources.SkipUnlessUsableAsync(source);
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Owners, capabilities and flags are set as root, on Linux.");
        return await WatchedDirectory.StartAsync(
            watched =>
            {
                System.IO.File.WriteAllText(watched.PathOf(File), "1");
                System.IO.Directory.CreateDirectory(watched.PathOf(Directory));
                System.IO.File.CreateSymbolicLink(watched.PathOf(Link), "f");
                prepare?.Invoke(watched.PathOf(File));
            },
            options =>
            {
                options.Source = source;
                options.Report.AttributeChanges = ItemAttributes.AllMetadata;
                options.Polling.Interval = TimeSpan.FromMilliseconds(50);
                options.Recovery.ReconcileInterval = TimeSpan.FromSeconds(1);
            });
    }

    /// <summary>What was told since the start. The kernel gives no hint of <c>chattr</c>: the periodic comparison finds that.</summary>
    private static async Task<IReadOnlyList<AuditEvent>> ToldAsync(WatchedDirectory watched)
    {
        await watched.FlushAsync();
        await watched.UntilAsync(one => one.Kind != AuditEventKind.Baseline, "event after the change");
        return await watched.DoneAsync();
    }

    private static string Words(ItemMetadata metadata, ItemAttributes changed) =>
        changed.HasFlag(ItemAttributes.AccessControlList) ? metadata.ExtendedAttributes!.AccessControlList ?? metadata.ExtendedAttributes.DefaultAccessControlList ?? ""
        : changed == ItemAttributes.Mode ? Convert.ToString(metadata.Mode!.Value, 8).PadLeft(4, '0')
        : changed == ItemAttributes.Owner ? metadata.OwnerName ?? ""
        : changed == ItemAttributes.Group ? metadata.GroupName ?? $"{metadata.GroupId}"
        : changed == ItemAttributes.LastWriteTime ? $"{metadata.LastWriteTime:yyyy-MM-dd}"
        : changed == ItemAttributes.Flags ? $"{metadata.Flags}"
        : changed == ItemAttributes.Capabilities ? metadata.ExtendedAttributes!.Capabilities ?? ""
        : metadata.ExtendedAttributes!.ToString();

    private static void Run(string command, string path)
    {
        var words = command.Split(' ');
        var start = new ProcessStartInfo(words[0], [.. words[1..], path]) { RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.SkipWhen(process.ExitCode != 0 && error.Contains("not supported", StringComparison.OrdinalIgnoreCase), $"The file system has no such attribute: {error}");
            process.ExitCode.Should().Be(0, "{0}", error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{words[0]} is not installed.");
        }
    }
}
