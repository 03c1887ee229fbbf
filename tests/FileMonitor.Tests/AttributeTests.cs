using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>What is told of metadata, before and after, whatever else happens to the item meanwhile. By real programs on a disk: AttributeChangeTests.</summary>
public sealed class AttributeTests
{
    private static readonly byte[] Capability = Convert.FromHexString("0100000200200000000000000000000000000000");

    [Fact]
    public async Task What_was_attached_before_a_rename_is_told_under_the_new_name()
    {
        await using var tree = await StartAsync("a=1", ItemAttributes.AllMetadata);
        tree.Tree.SetExtendedAttribute("a", "security.capability", Capability);
        tree.Tree.Move("a", "b");

        var told = await tree.StopAsync();
        told.Select(one => $"{one.Kind} {one.RelativePath} {one.ChangedAttributes}").Should().Equal("Renamed b None", "AttributesChanged b Capabilities");
        (told[1].Previous!.ExtendedAttributes!.Capabilities, told[1].ExtendedAttributes!.Capabilities).Should().Be((null, "cap_net_raw=ep"));
    }

    [Fact]
    public async Task What_a_new_item_has_from_the_beginning_is_not_a_change_and_is_known_later()
    {
        await using var tree = await StartAsync("", ItemAttributes.Security);
        tree.Tree.CreateDirectory("d");
        tree.Tree.WriteFile("f", "1"u8);
        tree.Tree.SetExtendedAttribute("f", "user.a", [1]);
        tree.Tree.SetExtendedAttribute("d", "user.a", [1]);
        await tree.SettleAsync();
        tree.Tree.SetExtendedAttribute("d", "security.selinux", "b_t\0"u8.ToArray());
        tree.Tree.SetExtendedAttribute("f", "security.selinux", "b_t\0"u8.ToArray());

        var told = (await tree.StopAsync()).OrderBy(one => one.RelativePath, StringComparer.Ordinal).ThenBy(one => one.Sequence).ToList();
        told.Select(one => $"{one.Kind} {one.RelativePath} {one.ChangedAttributes}").Should().Equal("Created d None", "AttributesChanged d SecurityLabel", "Created f None", "AttributesChanged f SecurityLabel");
        told.Should().OnlyContain(one => one.ExtendedAttributes!.Others.ContainsKey("user.a"));
        told.Where(one => one.Kind == AuditEventKind.AttributesChanged).Should().OnlyContain(one => one.Previous!.ExtendedAttributes!.SecurityLabel == null && one.ExtendedAttributes!.SecurityLabel == "b_t");
    }

    [Theory]
    [InlineData(ItemAttributes.Permissions, "AttributesChanged Mode")]
    [InlineData(ItemAttributes.Mode | ItemAttributes.Capabilities, "AttributesChanged Mode|AttributesChanged Capabilities")]
    [InlineData(ItemAttributes.Capabilities, "AttributesChanged Capabilities")]
    [InlineData(ItemAttributes.LastWriteTime, "AttributesChanged LastWriteTime")]
    [InlineData(ItemAttributes.None, "")]
    public async Task Only_what_is_asked_for_has_an_event(ItemAttributes reported, string expected)
    {
        await using var tree = await StartAsync("a=1", reported);
        tree.Tree.SetMode("a", UnixFileMode.UserRead);
        await tree.SettleAsync();
        tree.Tree.SetExtendedAttribute("a", "security.capability", Capability);
        await tree.SettleAsync();
        tree.Tree.SetExtendedAttribute("a", "user.a", [1]);
        await tree.SettleAsync();
        tree.Tree.SetLastWriteTime("a", DateTimeOffset.UnixEpoch);

        string.Join('|', (await tree.StopAsync()).Select(one => $"{one.Kind} {one.ChangedAttributes}")).Should().Be(expected);
    }

    // Each entry that comes or goes sets it, and has its own event.
    [Theory]
    [InlineData(ItemAttributes.LastWriteTime, "")]
    [InlineData(ItemAttributes.AllMetadata, "AttributesChanged Mode")]
    public async Task The_time_of_a_directory_is_not_compared(ItemAttributes reported, string expected)
    {
        await using var tree = await StartAsync("d/", reported);
        tree.Tree.SetLastWriteTime("d", DateTimeOffset.UnixEpoch);
        await tree.SettleAsync();
        tree.Tree.SetLastWriteTime("d", DateTimeOffset.UnixEpoch.AddDays(1));
        tree.Tree.SetMode("d", UnixFileMode.UserRead | UnixFileMode.UserExecute);

        string.Join('|', (await tree.StopAsync()).Select(one => $"{one.Kind} {one.ChangedAttributes}")).Should().Be(expected);
    }

    [Fact]
    public async Task No_permission_at_all_is_told_as_a_number()
    {
        await using var tree = await StartAsync("a=1", ItemAttributes.Mode);
        tree.Tree.SetMode("a", UnixFileMode.None);

        var told = (await tree.StopAsync()).Should().ContainSingle().Subject;
        JsonLines.AuditEventJson.Serialize(told).Should().Contain("\"mode\":0,").And.Contain("\"previous\":{\"mode\":420,");
    }

    [Fact]
    public async Task A_write_names_everything_that_it_changed()
    {
        await using var tree = await StartAsync("a=1", ItemAttributes.AllMetadata);
        tree.Tree.WriteFile("a", "12"u8);
        tree.Tree.SetMode("a", UnixFileMode.UserRead);
        tree.Tree.SetExtendedAttribute("a", "security.capability", Capability);

        var told = (await tree.StopAsync()).Should().ContainSingle().Subject;
        told.ChangedAttributes.Should().Be(ItemAttributes.Content | ItemAttributes.Size | ItemAttributes.Mode | ItemAttributes.LastWriteTime | ItemAttributes.Capabilities);
        (told.Previous!.Mode, told.Mode, told.Previous.LastWriteTime < told.LastWriteTime).Should().Be((0x1A4, 0x100, true));
    }

    [Fact]
    public async Task An_attribute_that_comes_and_goes_is_nothing()
    {
        await using var tree = await StartAsync("a=1", ItemAttributes.AllMetadata);
        tree.Tree.SetExtendedAttribute("a", "user.a", [1]);
        tree.Tree.SetExtendedAttribute("a", "user.a", null);

        (await tree.StopAsync()).Should().BeEmpty();
    }

    private static Task<MonitoredTree> StartAsync(string before, ItemAttributes reported) =>
        MonitoredTree.StartKnowingAsync(before, options => (options.Report.AttributeChanges, options.Checksum.Baseline) = (reported, true));
}
