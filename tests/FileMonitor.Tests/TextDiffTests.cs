using System.Text;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>What changed in small text files: of which it is told, of which not, and that it is the difference of exactly the two contents of its event.</summary>
public sealed class TextDiffTests
{
    [Fact]
    public async Task The_first_change_of_a_file_that_was_there_has_a_diff_and_so_has_the_next()
    {
        await using var tree = await StartAsync("etc/ etc/app.conf=one");
        tree.Tree.WriteFile("etc/app.conf", "one\ntwo\n"u8);
        await tree.SettleAsync();
        tree.Tree.WriteFile("etc/app.conf", "one\n2\n"u8);

        (await tree.StopAsync()).Select(one => $"{one.Kind} {one.TextDiff}").Should().Equal(
            "Modified @@ -1 +1,2 @@\n-one\n\\ No newline at end of file\n+one\n+two\n",
            "Modified @@ -1,2 +1,2 @@\n one\n-two\n+2\n");
    }

    [Fact]
    public async Task A_new_file_has_none_and_its_next_change_has_one()
    {
        await using var tree = await StartAsync();
        tree.Tree.WriteFile("new.conf", "a\n"u8);
        await tree.SettleAsync();
        tree.Tree.WriteFile("new.conf", "b\n"u8);

        (await tree.StopAsync()).Select(one => $"{one.Kind} {one.TextDiff}").Should().Equal("Created ", "Modified @@ -1 +1 @@\n-a\n+b\n");
    }

    [Fact]
    public async Task A_file_that_is_saved_by_a_rename_has_one()
    {
        await using var tree = await StartAsync("app.conf=a");
        tree.Tree.WriteFile("app.conf.tmp", "b"u8);
        tree.Tree.Move("app.conf.tmp", "app.conf");

        var told = (await tree.StopAsync()).Should().ContainSingle().Subject;
        (told.Kind, told.TextDiff).Should().Be((AuditEventKind.Modified, "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n"));
    }

    [Theory]
    [InlineData("app.txt", "not included")]
    [InlineData("secrets.conf", "a name that is usual for secrets")]
    [InlineData("private/app.conf", "ignored by the host")]
    public async Task Only_files_that_were_asked_for_are_compared(string path, string because)
    {
        await using var tree = await StartAsync($"private/ {path}=1", options => options.TextDiff.Ignore.Add("private/"));
        tree.Tree.WriteFile(path, "2"u8);

        (await tree.StopAsync()).Should().ContainSingle().Which.TextDiff.Should().BeNull("it is {0}", because);
    }

    [Theory]
    [InlineData(new byte[] { (byte)'a', 0 })]
    [InlineData(new byte[] { (byte)'a', 0x1B, (byte)'[', (byte)'2', (byte)'J' })]
    [InlineData(new byte[] { 0xFF, 0xFE })]
    public async Task What_is_no_text_is_not_compared(byte[] content)
    {
        await using var tree = await StartAsync("a.conf=text");
        tree.Tree.WriteFile("a.conf", content);
        await tree.SettleAsync();
        tree.Tree.WriteFile("a.conf", "text again"u8);

        (await tree.StopAsync()).Select(one => one.TextDiff).Should().Equal(null, null);
    }

    [Fact]
    public async Task What_is_too_large_is_not_compared()
    {
        await using var tree = await StartAsync("a.conf=12345678", options => options.TextDiff.MaxFileBytes = 8);
        tree.Tree.WriteFile("a.conf", "123456789"u8);
        await tree.SettleAsync();
        tree.Tree.WriteFile("a.conf", "1"u8);
        await tree.SettleAsync();
        tree.Tree.WriteFile("a.conf", "2"u8);

        (await tree.StopAsync()).Select(one => one.TextDiff is not null).Should().Equal(false, false, true);
    }

    [Fact]
    public async Task What_is_over_the_limit_of_memory_is_forgotten_the_longest_unused_first()
    {
        await using var tree = await StartAsync("", options => (options.TextDiff.MaxFileBytes, options.TextDiff.MaxMemoryBytes) = (10, 25));
        foreach (var name in new[] { "a", "b", "c" })
        {
            tree.Tree.WriteFile($"{name}.conf", Encoding.UTF8.GetBytes(new string(name[0], 10)));
            await tree.SettleAsync();
        }

        tree.Tree.WriteFile("c.conf", "changed"u8);
        await tree.SettleAsync();
        tree.Tree.WriteFile("a.conf", "changed too"u8[..10]);

        (await tree.StopAsync()).Where(one => one.Kind == AuditEventKind.Modified).Select(one => $"{one.RelativePath} {one.TextDiff is not null}").Should().Equal("c.conf True", "a.conf False");
    }

    [Fact]
    public async Task It_is_the_difference_of_the_two_contents_that_the_event_names()
    {
        // Files with the same content share it, and names that are exchanged do not confuse it.
        await using var tree = await StartAsync("a.conf=same b.conf=same");
        tree.Tree.WriteFile("a.conf", "one"u8);
        await tree.SettleAsync();
        tree.Tree.Move("b.conf", "c.conf");
        tree.Tree.Move("a.conf", "b.conf");
        await tree.SettleAsync();
        tree.Tree.WriteFile("c.conf", "two"u8);
        await tree.SettleAsync();

        var told = (await tree.StopAsync()).Where(one => one.TextDiff is not null).Select(one => $"{one.RelativePath} {one.TextDiff!.Split('\n')[1]} {one.TextDiff.Split('\n')[3]}");
        told.Should().Equal("a.conf -same +one", "c.conf -same +two");
    }

    [Fact]
    public async Task Files_that_are_read_for_their_text_are_no_change()
    {
        await using var tree = await StartAsync("a.conf=1 b.txt=2");

        (await tree.StopAsync()).Should().BeEmpty();
        tree.Counters.ChecksumFiles.Should().Be(1, "b.txt is not read");
    }

    [Fact]
    public async Task It_is_off_by_default()
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("a.conf=1");
        tree.Tree.WriteFile("a.conf", "2"u8);

        (await tree.StopAsync()).Should().ContainSingle().Which.TextDiff.Should().BeNull();
    }

    [Fact]
    public void It_needs_checksums()
    {
        var options = new FileMonitorOptions().AddRoot(Path.GetFullPath("/data"));
        options.TextDiff.Include.Add("*.conf");
        options.Checksum.Enabled = false;

        options.GetErrors().Should().Equal("TextDiff.Include has no effect without checksums, which Checksum.Enabled turns off: remove one of them.");
    }

    [Fact]
    public void A_file_must_be_read_at_once()
    {
        var options = new FileMonitorOptions().AddRoot(Path.GetFullPath("/data"));
        options.TextDiff.Include.Add("*.conf");
        options.Checksum.BytesPerSecond = 655_360;

        options.GetErrors().Should().Equal("TextDiff.MaxFileBytes (65,536) is not below a tenth of Checksum.BytesPerSecond (655,360), which is read at once: lower the first or raise the second.");
    }

    private static async Task<MonitoredTree> StartAsync(string before = "", Action<FileMonitorOptions>? configure = null)
    {
        var tree = await MonitoredTree.StartAsync(before, options =>
        {
            options.TextDiff.Include.Add("*.conf");
            configure?.Invoke(options);
        });
        var read = before.Split(' ').Count(item => item.Contains(".conf=", StringComparison.Ordinal) && !item.StartsWith("secret", StringComparison.Ordinal) && !item.StartsWith("private", StringComparison.Ordinal));
        await tree.UntilAsync(() => tree.Counters.ChecksumFiles == read);
        return tree;
    }
}
