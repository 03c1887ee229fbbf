using System.Buffers.Binary;
using System.Text;
using FileMonitor.Extending;
using FileMonitor.Sources.Native;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests.Sources.Windows;

/// <summary>What Windows stores of links and metadata, which can be read anywhere.</summary>
public sealed class WindowsReparsePointTests
{
    private const uint SymbolicLink = 0xA000_000C;
    private const uint MountPoint = 0xA000_0003;
    private const uint Cloud = 0x9000_001A;
    private const uint Socket = 0x8000_0023;

    [Theory]
    [InlineData(SymbolicLink, @"\??\C:\target", @"C:\target", @"C:\target")]
    [InlineData(SymbolicLink, @"..\target", @"..\target", @"..\target")]
    [InlineData(SymbolicLink, @"\??\C:\target", "", @"C:\target")]
    [InlineData(MountPoint, @"\??\C:\target", @"C:\target", @"C:\target")]
    [InlineData(MountPoint, @"\??\Volume{1}\", "", @"\\?\Volume{1}\")]
    [InlineData(MountPoint, "", "", null)]
    [InlineData(Cloud, @"\??\C:\target", @"C:\target", null)]
    public void The_target_is_what_is_shown_or_what_is_followed(uint tag, string followed, string shown, string? target) =>
        WindowsReparsePoint.TargetOf(Point(tag, followed, shown)).Should().Be(target);

    [Fact]
    public void What_is_cut_off_has_no_target()
    {
        var point = Point(SymbolicLink, @"\??\C:\target", @"C:\target");
        for (var length = 0; length < point.Length; length++)
        {
            WindowsReparsePoint.TargetOf(point.AsSpan(0, length)).Should().BeNull($"only {length} bytes are there");
        }
    }

    [Theory]
    [InlineData(FileAttributes.ReparsePoint, SymbolicLink, ItemType.SymbolicLink)]
    [InlineData(FileAttributes.ReparsePoint | FileAttributes.Directory, MountPoint, ItemType.SymbolicLink)]
    [InlineData(FileAttributes.ReparsePoint | FileAttributes.Directory, Cloud, ItemType.Directory)]
    [InlineData(FileAttributes.ReparsePoint, Cloud, ItemType.File)]
    [InlineData(FileAttributes.ReparsePoint, Socket, ItemType.Other)]
    [InlineData(FileAttributes.Directory, 0u, ItemType.Directory)]
    [InlineData(FileAttributes.Normal, SymbolicLink, ItemType.File)]
    public void Only_what_stands_for_another_name_is_a_link(FileAttributes attributes, uint tag, ItemType expected)
    {
        var status = new WindowsStatus { Tag = new() { ReparseTag = tag } };
        status.Basic.Attributes = (uint)attributes;
        status.ToFileStatus().ItemType.Should().Be(expected);
    }

    [Fact]
    public void Both_halves_of_a_long_file_id_count()
    {
        var one = new WindowsStatus.IdInfo { Volume = 1, Low = 5, High = 1 };
        (one with { High = 2 }).Number.Should().NotBe(one.Number);
        (one with { Low = 6 }).Number.Should().NotBe(one.Number);
        (one with { High = 0 }).Number.Should().Be(5);
    }

    [Theory]
    [InlineData(unchecked((int)0xC000_0034), FileStatusOutcome.Missing)]
    [InlineData(unchecked((int)0xC000_0056), FileStatusOutcome.Missing)]
    [InlineData(unchecked((int)0xC000_050B), FileStatusOutcome.Missing)]
    [InlineData(unchecked((int)0xC000_0022), FileStatusOutcome.Inaccessible)]
    [InlineData(unchecked((int)0xC000_00BE), FileStatusOutcome.Failed)]
    public void A_share_that_is_away_is_a_failure_and_a_deleted_file_is_gone(int status, FileStatusOutcome expected) =>
        WindowsOutcome.Of(status).Should().Be(expected);

    private static byte[] Point(uint tag, string followed, string shown)
    {
        var texts = Encoding.Unicode.GetBytes(followed + shown);
        var header = new byte[tag == SymbolicLink ? 20 : 16];
        BinaryPrimitives.WriteUInt32LittleEndian(header, tag);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), (ushort)(header.Length - 8 + texts.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(10), (ushort)(followed.Length * 2));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(12), (ushort)(followed.Length * 2));
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(14), (ushort)(shown.Length * 2));
        return [.. header, .. texts];
    }
}
