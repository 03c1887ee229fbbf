using System.Diagnostics;
using System.Security.Cryptography;
using FileMonitor.Sources.Native;
using FileMonitor.Testing;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Touches a disk: what of it the content of an event is read from.</summary>
public sealed class CopiedFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("filemonitor-copied-").FullName;

    public CopiedFileTests()
    {
        Directory.CreateDirectory(Inbox);
        Directory.CreateDirectory(Path.Join(_directory, "outside"));
        File.WriteAllText(Path.Join(_directory, "outside", "a"), "content");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Inbox => Path.Join(_directory, "inbox");

    private string Copy => Path.Join(_directory, "done", "copy");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_file_below_a_root_that_the_host_named_through_a_link_is_copied()
    {
        File.WriteAllText(Path.Join(Inbox, "a"), "content");
        Directory.CreateSymbolicLink(Path.Join(_directory, "linked"), Inbox);

        (await EventOf("a", root: Path.Join(_directory, "linked")).CopyFileAsync(Copy, cancellationToken: Token)).Should().BeTrue();

        File.ReadAllText(Copy).Should().Be("content");
        (await EventOf("a").ReadFileAsync(7, cancellationToken: Token)).Should().Equal("content"u8.ToArray());
    }

    [Fact]
    public async Task A_file_that_is_a_root_is_copied_from_where_its_path_leads()
    {
        File.CreateSymbolicLink(Path.Join(Inbox, "current"), Path.Join(_directory, "outside", "a"));

        (await EventOf("", root: Path.Join(Inbox, "current")).CopyFileAsync(Copy, cancellationToken: Token)).Should().BeTrue();

        File.ReadAllText(Copy).Should().Be("content");
    }

    [Fact]
    public async Task A_link_below_the_root_is_not_followed_though_the_content_behind_it_is_that_of_the_event()
    {
        File.CreateSymbolicLink(Path.Join(Inbox, "a"), Path.Join(_directory, "outside", "a"));
        Directory.CreateSymbolicLink(Path.Join(Inbox, "d"), Path.Join(_directory, "outside"));

        await ShouldBeGoneAsync("a");
        await ShouldBeGoneAsync("d/a");
        await ShouldBeGoneAsync("../outside/a");
    }

    [Fact]
    public async Task What_is_no_file_any_more_is_not_opened()
    {
        Directory.CreateDirectory(Path.Join(Inbox, "d"));
        await ShouldBeGoneAsync("d");
        await ShouldBeGoneAsync("nothing");
        await ShouldBeGoneAsync("nothing/a");

        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo makes the pipe");
        using var made = Process.Start("mkfifo", [Path.Join(Inbox, "pipe")]);
        await made.WaitForExitAsync(Token);
        await ShouldBeGoneAsync("pipe");
    }

    [Fact]
    public async Task A_link_at_the_destination_is_replaced_and_not_written_through()
    {
        File.WriteAllText(Path.Join(Inbox, "a"), "content");
        Directory.CreateDirectory(Path.GetDirectoryName(Copy)!);
        File.WriteAllText(Path.Join(_directory, "victim"), "victim");
        File.CreateSymbolicLink(Copy, Path.Join(_directory, "victim"));

        (await EventOf("a").CopyFileAsync(Copy, cancellationToken: Token)).Should().BeTrue();

        new FileInfo(Copy).LinkTarget.Should().BeNull();
        File.ReadAllText(Path.Join(_directory, "victim")).Should().Be("victim");
    }

    [Fact]
    public async Task The_holes_of_a_file_take_no_room_in_its_copy()
    {
        Assert.SkipUnless(LinuxFiles.IsSupported, "Elsewhere holes are not known.");
        const int HoleMegabytes = 64;
        var path = Path.Join(Inbox, "sparse");
        using (var sparse = File.Create(path))
        {
            sparse.Write("begin"u8);
            sparse.Position = HoleMegabytes << 20;
            sparse.Write("middle"u8);
            sparse.SetLength((long)HoleMegabytes << 21);
        }

        Assert.SkipUnless(Blocks(path) < 1000, "This file system has no holes.");
        using var hashed = File.OpenRead(path);
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(hashed, Token));
        var e = FakeAuditEvent.Created("sparse", one => (one.Root, one.Sha256, one.Size) = (Inbox, sha256, hashed.Length));
        (await e.CopyFileAsync(Copy, cancellationToken: Token)).Should().BeTrue();

        using var copied = File.OpenRead(Copy);
        Convert.ToHexStringLower(await SHA256.HashDataAsync(copied, Token)).Should().Be(sha256);
        Blocks(Copy).Should().BeLessThan(HoleMegabytes << 20 >> 9, "two holes of 64 MiB take less room than one");
    }

    [Fact]
    public async Task A_name_whose_bytes_are_not_utf8_is_found()
    {
        Assert.SkipUnless(LinuxFiles.IsSupported, "There are none.");
        using var made = Process.Start("sh", ["-c", $"printf content > \"$(printf '{Inbox}/\\351x')\""]);
        await made.WaitForExitAsync(Token);

        (await EventOf(PathText.Decode([0xE9, (byte)'x'])).ReadFileAsync(7, cancellationToken: Token)).Should().Equal("content"u8.ToArray());

        // .NET cannot name it.
        using var removed = Process.Start("sh", ["-c", $"rm '{Inbox}'/*"]);
        await removed.WaitForExitAsync(Token);
    }

    private static long Blocks(string path)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%b", path]) { RedirectStandardOutput = true })!;
        return long.Parse(stat.StandardOutput.ReadToEnd(), System.Globalization.CultureInfo.InvariantCulture);
    }

    private AuditEvent EventOf(string relativePath, string? root = null) => new()
    {
        Root = root ?? Inbox,
        RelativePath = relativePath,
        ItemType = ItemType.File,
        Size = 7,
        Checksum = Sha256Digest.From(SHA256.HashData("content"u8)),
        ChecksumStatus = ChecksumStatus.Computed,
    };

    private async Task ShouldBeGoneAsync(string relativePath)
    {
        var e = EventOf(relativePath);
        (await e.ReadFileAsync(7, cancellationToken: Token)).Should().BeNull();
        (await e.CopyFileAsync(Copy, cancellationToken: Token)).Should().BeFalse();
        Path.Exists(Copy).Should().BeFalse();
    }
}
