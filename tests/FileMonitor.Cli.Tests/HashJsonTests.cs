using System.Buffers;
using System.Text;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class HashJsonTests
{
    [Fact]
    public void A_summed_file_has_its_size_and_its_sum() =>
        Assert.Equal(
            """{"path":"a\nb","checksumStatus":"Computed","size":3,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}""" + "\n",
            Write(new FileHash("a\nb", ChecksumStatus.Computed, size: 3) { Sha256 = new string('0', 64) }));

    [Fact]
    public void A_failure_has_its_reason() =>
        Assert.Equal(
            """{"path":"a","checksumStatus":"Unreadable","detail":"Permission denied"}""" + "\n",
            Write(new FileHash("a", ChecksumStatus.Unreadable, detail: "Permission denied")));

    [Fact]
    public void A_name_that_is_not_utf8_comes_with_its_bytes() =>
        Assert.Equal(
            """{"path":"a\uFFFD","pathBytes":"Yf8=","checksumStatus":"Vanished"}""" + "\n",
            Write(new FileHash("a\udcff", ChecksumStatus.Vanished)));

    private static string Write(FileHash hash)
    {
        var output = new ArrayBufferWriter<byte>();
        HashJson.Write(output, hash);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
