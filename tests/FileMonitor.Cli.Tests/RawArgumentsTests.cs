using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class RawArgumentsTests
{
    [Fact]
    public void Bytes_that_are_not_utf8_come_back() =>
        Assert.Equal(["hash", "a\udcff", "é\uFFFD", ""], RawArguments.Restore(["hash", "a\uFFFD", "é\uFFFD", ""], Latin1("/bin/filemonitor\0hash\0a\u00ff\0\u00c3\u00a9\u00ef\u00bf\u00bd\0\0")));

    [Fact]
    public void What_runs_the_command_may_be_several_words() =>
        Assert.Equal(["\udc80"], RawArguments.Restore(["\uFFFD"], Latin1("dotnet\0exec\0FileMonitor.Cli.dll\0\u0080\0")));

    [Fact]
    public void A_command_line_that_was_cut_changes_nothing() =>
        Assert.Equal(["\uFFFD", "b"], RawArguments.Restore(["\uFFFD", "b"], Latin1("\u0080\0")));

    // One character, one byte.
    private static byte[] Latin1(string commandLine) => Encoding.Latin1.GetBytes(commandLine);
}
