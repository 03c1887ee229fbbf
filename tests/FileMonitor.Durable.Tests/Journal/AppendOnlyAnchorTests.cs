using System.Diagnostics;
using FileMonitor.Durable.Journal;
using FileMonitor.Durable.Journal.Anchoring;
using FileMonitor.Durable.Journal.Signing;
using FluentAssertions;
using Xunit;
using static FileMonitor.Durable.Tests.Journal.TestJournal;

namespace FileMonitor.Durable.Tests.Journal;

/// <summary>An anchor's file that may only grow: what was not written to its end stays in it, and a mark says so.</summary>
public sealed class AppendOnlyAnchorTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    private string Directory => _temporary.PathOf("journal");

    private string Anchors => _temporary.PathOf("anchors");

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(60, 0)]
    [InlineData(60, 5000)]
    [InlineData(120, 0)]
    public async Task What_may_only_grow_gets_checkpoints_also_behind_one_that_was_not_written_to_its_end(int cutBytes, int zeros)
    {
        await WriteAsync(Anchored(), 100);
        await WriteAsync(Anchored(), 100, from: 101);
        Cut(Anchors, cutBytes, zeros);
        var before = await File.ReadAllBytesAsync(Anchors, TestContext.Current.CancellationToken);
        Assert.SkipUnless(Protect(isOn: true), "The attribute \"append only\" can be set only by root, on a file system that has it.");
        try
        {
            FluentActions.Invoking(() => File.OpenHandle(Anchors, access: FileAccess.ReadWrite)).Should().Throw<UnauthorizedAccessException>("it may only grow");
            await WriteAsync(Anchored(), 100, from: 201);
            await WriteAsync(Anchored(), 100, from: 301);

            var after = await File.ReadAllBytesAsync(Anchors, TestContext.Current.CancellationToken);
            after.Should().StartWith(before).And.HaveCountGreaterThan(before.Length);
            var verdict = Verify(Directory, anchorPath: Anchors);
            verdict.Finding.Should().BeNull();
            verdict.AnchoredUpTo.Should().Be(400);
        }
        finally
        {
            Protect(isOn: false);
        }
    }

    // Each place where a write can end, and where the write of the mark behind it can end again.
    [Fact]
    public void Wherever_a_write_ended_the_checkpoints_before_and_behind_it_are_read()
    {
        byte[] first = Note(1), torn = Note(12345), last = Note(3);
        for (var cut = 0; cut < torn.Length; cut++)
        {
            for (var cutMark = 0; cutMark < UnfinishedEntry.Mark.Length; cutMark++)
            {
                Read([.. first, .. torn[..cut], .. UnfinishedEntry.Mark[..cutMark], .. UnfinishedEntry.Mark, .. last])
                    .Should().Equal([1, 3], "{0} bytes of a checkpoint and {1} of a mark", cut, cutMark);
            }
        }
    }

    [Fact]
    public void A_mark_hides_nothing_that_is_no_beginning_of_a_checkpoint()
    {
        byte[] note = Note(1), mark = UnfinishedEntry.Mark.ToArray();
        byte[] changed = [.. note[..^20]];
        changed[5] ^= 1;

        Read([.. note, .. changed, .. mark, .. note]).Should().Equal([1, -1], "a byte was changed in what is behind the mark");
        Read([.. note, .. "somebody else's"u8, .. mark, .. note]).Should().Equal([1, -1]);
        changed = [.. note];
        changed[^60] = (byte)'~';
        Read([.. note, .. changed, .. note]).Should().Equal([1, -1], "it has no mark");
        Read([.. note, .. note, .. mark, .. note]).Should().Equal([1, 1, 1], "the second one was written to its end, and counts");
        Read([.. note, .. note[..^20], .. "~ not written\n"u8, .. note]).Should().Equal([1, -1], "the mark is another");
    }

    public void Dispose() => _temporary.Dispose();

    private static byte[] Note(long size) =>
        new CheckpointNote("test/filemonitor/1", size, new byte[32], new byte[CheckpointNote.KeyIdBytes], [0x30, 0x45, .. Enumerable.Repeat((byte)7, 0x45)]).ToBytes();

    /// <summary>The sizes of the checkpoints; -1 at the end when what follows is none.</summary>
    private List<long> Read(byte[] bytes)
    {
        File.WriteAllBytes(Anchors, bytes);
        using var scanner = new AnchorScanner(File.OpenHandle(Anchors), "test/filemonitor/1", hasTokens: false);
        var sizes = new List<long>();
        while (scanner.Next is { } note)
        {
            sizes.Add(note.Note.Size);
            scanner.Take();
        }

        return scanner.IsMalformed ? [.. sizes, -1] : sizes;
    }

    private static void Cut(string path, int cutBytes, int zeros)
    {
        using var file = File.OpenHandle(path, access: FileAccess.ReadWrite);
        var length = RandomAccess.GetLength(file) - cutBytes;
        RandomAccess.SetLength(file, length);
        RandomAccess.Write(file, new byte[zeros], length);
    }

    private bool Protect(bool isOn)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            using var process = Process.Start(new ProcessStartInfo("chattr", [isOn ? "+a" : "-a", Anchors]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private JournalSettings Anchored() => Settings(Directory, segmentBytes: 100_000) with { Anchors = [new FileCheckpointAnchor(Anchors)] };
}
