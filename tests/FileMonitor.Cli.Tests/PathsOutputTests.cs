using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class PathsOutputTests
{
    [Fact]
    public void A_path_is_its_bytes_with_a_zero_byte_behind_it() =>
        Assert.Equal([.. Encoding.UTF8.GetBytes(Path.Join("/r", "a\nü")), 0xFF, 0, .. Encoding.UTF8.GetBytes(Path.Join("/r", "b")), 0], Write(Terminal.None, "a\nü\udcff", "b"));

    [Fact]
    public void A_terminal_gets_nothing_that_acts_on_it() =>
        Assert.Equal(Path.Join("/r", @"\x1b[2J") + "\0", Encoding.UTF8.GetString(Write(new Terminal(IsTerminal: true, HasColours: true), "\e[2J")));

    [Theory]
    [InlineData(true, "b")]
    [InlineData(false, "ab")]
    public void A_file_that_is_open_is_left_out_where_complete_ones_are_asked_for(bool leavesOutOpen, string told)
    {
        using var stream = new MemoryStream();
        var output = new PathsOutput(stream, Terminal.None, Assert.Fail, leavesOutOpen);
        output.Write(new AuditEvent { Kind = AuditEventKind.Created, Root = "", RelativePath = "a", Writers = FileWriters.Open });
        output.Write(new AuditEvent { Kind = AuditEventKind.Created, Root = "", RelativePath = "b", Writers = FileWriters.None });
        output.Flush();

        Assert.Equal(told, Encoding.UTF8.GetString(stream.ToArray()).Replace("\0", "", StringComparison.Ordinal).Replace("/", "", StringComparison.Ordinal));
    }

    // Otherwise `-0 | xargs -0 rm -r` would get the whole directory that is watched.
    [Theory]
    [InlineData(AuditEventKind.Gap)]
    [InlineData(AuditEventKind.RootLost)]
    [InlineData(AuditEventKind.RootRestored)]
    public void An_event_that_is_about_no_file_goes_to_standard_error(AuditEventKind kind)
    {
        using var stream = new MemoryStream();
        var said = new List<string>();
        var output = new PathsOutput(stream, Terminal.None, said.Add);
        output.Write(new AuditEvent { Kind = kind, Root = "/r", RelativePath = "a\u001b", Detail = "Why." });
        output.Flush();

        Assert.Empty(stream.ToArray());
        Assert.Equal($"{kind} \"{Path.Join("/r", @"a\x1b")}\": Why.", Assert.Single(said));
    }

    private static byte[] Write(Terminal terminal, params string[] names)
    {
        using var stream = new MemoryStream();
        var output = new PathsOutput(stream, terminal, Assert.Fail);
        foreach (var name in names)
        {
            output.Write(new AuditEvent { Kind = AuditEventKind.Created, Root = "/r", RelativePath = name });
        }

        output.Flush();
        return stream.ToArray();
    }
}
