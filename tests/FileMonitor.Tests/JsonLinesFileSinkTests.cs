using System.Buffers;
using System.Diagnostics;
using System.Text;
using FileMonitor.JsonLines;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>
/// Touches a disk, unlike the rest of this project: what is tested is what stands in the files after each kind of accident, and events can
/// be made here without a monitor.
/// </summary>
public sealed class JsonLinesFileSinkTests : IDisposable
{
    private static readonly CancellationToken Never = CancellationToken.None;

    private readonly string _directory = Directory.CreateTempSubdirectory("filemonitor-sink-").FullName;
    private readonly string _path;

    public JsonLinesFileSinkTests() => _path = Path.Combine(_directory, "audit.jsonl");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_batch_is_appended_as_one_line_per_event_and_directories_are_made()
    {
        var path = Path.Combine(_directory, "a", "b", "audit.jsonl");
        using (var sink = new JsonLinesFileSink(path))
        {
            File.Exists(path).Should().BeFalse("the disk is not touched before the first batch");
            await sink.WriteAsync(Events(1, 2), Never);
        }

        await using (var sink = new JsonLinesFileSink(path))
        {
            await sink.WriteAsync(Events(3, 1), Never);
            await sink.FlushAsync(Never);
        }

        (await File.ReadAllTextAsync(path, Never)).Should().Be(Lines(1, 3));
    }

    [Theory]
    [InlineData(0, false)]   // the second batch fits exactly
    [InlineData(-1, true)]   // one byte is missing
    public async Task A_batch_that_would_exceed_the_size_begins_a_new_file(int spare, bool rotates)
    {
        var size = Encoding.UTF8.GetByteCount(Lines(1, 2)) + spare;
        using var sink = new JsonLinesFileSink(_path, new() { MaxFileBytes = size });

        await sink.WriteAsync(Events(1, 1), Never);
        await sink.WriteAsync(Events(2, 1), Never);

        Files().Should().Equal(rotates ? [Lines(2, 1), Lines(1, 1)] : [Lines(1, 2)]);
    }

    [Fact]
    public async Task A_batch_is_not_split_even_when_it_alone_is_larger_than_a_file_may_be()
    {
        using var sink = new JsonLinesFileSink(_path, new() { MaxFileBytes = 10 });

        await sink.WriteAsync(Events(1, 3), Never);
        await sink.WriteAsync(Events(4, 1), Never);

        Files().Should().Equal(Lines(4, 1), Lines(1, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task The_newest_files_are_kept(int maxFiles)
    {
        using var sink = new JsonLinesFileSink(_path, new() { MaxFileBytes = 10, MaxFiles = maxFiles });

        for (var sequence = 1; sequence <= 6; sequence++)
        {
            await sink.WriteAsync(Events(sequence, 1), Never);
        }

        Files().Should().Equal(Enumerable.Range(0, maxFiles).Select(age => Lines(6 - age, 1)));
    }

    [Fact]
    public async Task A_size_of_zero_never_rotates()
    {
        using var sink = new JsonLinesFileSink(_path, new() { MaxFileBytes = 0 });

        await sink.WriteAsync(Events(1, 1), Never);
        await sink.WriteAsync(Events(2, 1), Never);

        Files().Should().Equal(Lines(1, 2));
    }

    [Fact]
    public async Task A_rotation_that_fails_again_and_again_deletes_nothing()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows says that access is denied where others say that a directory is in the way.");
        using var sink = new JsonLinesFileSink(_path, new() { MaxFileBytes = 10, MaxFiles = 4 });
        for (var sequence = 1; sequence <= 4; sequence++)
        {
            await sink.WriteAsync(Events(sequence, 1), Never);
        }

        // path.1 cannot be replaced: the move of the live file is the one that fails.
        File.Delete(_path + ".1");
        Directory.CreateDirectory(_path + ".1");
        for (var retry = 0; retry < 5; retry++)
        {
            await sink.Awaiting(it => it.WriteAsync(Events(5, 1), Never)).Should().ThrowAsync<IOException>();
        }

        Directory.Delete(_path + ".1");
        await sink.WriteAsync(Events(5, 1), Never);
        Files().Should().Equal(Lines(5, 1), Lines(4, 1), Lines(2, 1), Lines(1, 1));
    }

    public static TheoryData<string, string> LastLines => new()
    {
        { "{\"id\":\"0190", "" },
        { "{", "" },
        { "{\"id\":\"0190\0\0\0", "" },
        { "\0\0\0\0", "" },
        { "{\"id\":1}", "{\"id\":1}\n" },
        { "notes of somebody", "notes of somebody\n" },
    };

    [Theory]
    [MemberData(nameof(LastLines))]
    public async Task A_last_line_without_its_end_is_cut_off_only_when_it_is_half_a_record(string found, string kept)
    {
        foreach (var before in new[] { "", Lines(1, 2), "{broken, but a line\n" })
        {
            await File.WriteAllTextAsync(_path, before + found, Never);
            using (var sink = new JsonLinesFileSink(_path))
            {
                await sink.WriteAsync(Events(3, 1), Never);
            }

            (await File.ReadAllTextAsync(_path, Never)).Should().Be(before + kept + Lines(3, 1));
        }
    }

    [Fact]
    public async Task What_is_too_long_to_be_a_record_is_not_cut_off()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody take away or rewrite a file that is open.");
        var foreign = "{" + new string('x', 3 * 1024 * 1024);
        await File.WriteAllTextAsync(_path, foreign, Never);
        using var sink = new JsonLinesFileSink(_path);

        await sink.WriteAsync(Events(1, 1), Never);

        (await File.ReadAllTextAsync(_path, Never)).Should().Be(foreign + "\n" + Lines(1, 1));
    }

    [Fact]
    public async Task A_disk_that_is_full_half_way_through_a_batch_leaves_nothing_of_it()
    {
        using var sink = new JsonLinesFileSink(_path);
        await sink.WriteAsync(Events(1, 2), Never);
        var write = sink.File.Write;
        sink.File.Write = async (handle, bytes, offset) =>
        {
            await write(handle, bytes[..(bytes.Length / 2)], offset);
            throw new IOException("No space left on device");
        };

        await sink.Awaiting(it => it.WriteAsync(Events(3, 3), Never)).Should().ThrowAsync<IOException>().WithMessage("No space*");
        Files().Should().Equal(Lines(1, 2));

        sink.File.Write = write;
        await sink.WriteAsync(Events(3, 3), Never);
        Files().Should().Equal(Lines(1, 5));
    }

    [Fact]
    public async Task A_device_is_refused_in_words()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full");
        using var sink = new JsonLinesFileSink("/dev/full");

        await sink.Awaiting(it => it.WriteAsync(Events(1, 1), Never)).Should().ThrowAsync<IOException>().WithMessage("*is not a regular file*");
    }

    [Theory]
    [InlineData("moved")]
    [InlineData("deleted")]
    [InlineData("replaced")]
    [InlineData("replaced by an empty one")]
    [InlineData("emptied")]
    [InlineData("with its directory")]
    public async Task A_file_that_somebody_took_away_is_begun_anew(string accident)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody take away or rewrite a file that is open.");
        using var sink = new JsonLinesFileSink(_path);
        await sink.WriteAsync(Events(1, 1), Never);
        switch (accident)
        {
            case "moved":
                File.Move(_path, _path + ".old");
                break;
            case "deleted":
                File.Delete(_path);
                break;
            case "replaced":
                // As long as the one that was there: only its identity tells them apart.
                await File.WriteAllTextAsync(_path + ".new", new string(' ', Lines(1, 1).Length - 1) + "\n", Never);
                File.Move(_path + ".new", _path, overwrite: true);
                break;
            case "replaced by an empty one":
                File.Delete(_path);
                await File.WriteAllTextAsync(_path, "", Never);
                break;
            case "emptied":
                using (var file = new FileStream(_path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                {
                    file.SetLength(0);
                }

                break;
            default:
                Directory.Delete(_directory, recursive: true);
                break;
        }

        await sink.WriteAsync(Events(2, 1), Never);

        (await File.ReadAllTextAsync(_path, Never)).TrimStart().Should().Be(Lines(2, 1));
    }

    [Fact]
    public async Task A_copy_that_takes_the_place_of_the_file_is_gone_on_with()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody take away or rewrite a file that is open.");
        using var sink = new JsonLinesFileSink(_path);
        await sink.WriteAsync(Events(1, 2), Never);
        File.Copy(_path, _path + ".t");
        File.Move(_path + ".t", _path, overwrite: true);

        await sink.WriteAsync(Events(3, 1), Never);

        Files().Should().Equal(Lines(1, 3));
    }

    [Fact]
    public async Task A_batch_whose_file_is_deleted_while_it_is_written_is_written_again()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "told by the number of names");
        using var sink = new JsonLinesFileSink(_path);
        await sink.WriteAsync(Events(1, 1), Never);
        var write = sink.File.Write;
        var deletions = 0;
        sink.File.Write = async (handle, bytes, offset) =>
        {
            await write(handle, bytes, offset);
            if (++deletions == 1)
            {
                File.Delete(_path);
            }
        };

        await sink.WriteAsync(Events(2, 2), Never);

        Files().Should().Equal(Lines(2, 2));
        deletions.Should().Be(2);
    }

    [Fact]
    public async Task A_batch_whose_file_is_always_deleted_does_not_count_as_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "told by the number of names");
        using var sink = new JsonLinesFileSink(_path);
        var write = sink.File.Write;
        sink.File.Write = async (handle, bytes, offset) =>
        {
            await write(handle, bytes, offset);
            File.Delete(_path);
        };

        await sink.Awaiting(it => it.WriteAsync(Events(1, 1), Never)).Should().ThrowAsync<IOException>().WithMessage("*was deleted each time*");

        sink.File.Write = write;
        await sink.WriteAsync(Events(1, 1), Never);
        Files().Should().Equal(Lines(1, 1));
    }

    [Fact]
    public async Task A_batch_whose_file_is_moved_away_while_it_is_written_is_in_the_moved_file_once()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets nobody take away or rewrite a file that is open.");
        using var sink = new JsonLinesFileSink(_path);
        await sink.WriteAsync(Events(1, 1), Never);
        var write = sink.File.Write;
        sink.File.Write = async (handle, bytes, offset) =>
        {
            File.Move(_path, _path + ".1");
            await write(handle, bytes, offset);
        };
        await sink.WriteAsync(Events(2, 1), Never);
        sink.File.Write = write;

        await sink.WriteAsync(Events(3, 1), Never);

        Files().Should().Equal(Lines(3, 1), Lines(1, 2));
    }

    [Fact]
    public async Task A_link_that_appears_while_a_batch_is_written_is_not_written_through()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs links that anybody can make.");
        var victim = Path.Combine(_directory, "victim");
        await File.WriteAllTextAsync(victim, "", Never);
        using var sink = new JsonLinesFileSink(_path);
        await sink.WriteAsync(Events(1, 1), Never);
        var write = sink.File.Write;
        sink.File.Write = async (handle, bytes, offset) =>
        {
            File.CreateSymbolicLink(_path + ".t", victim);
            File.Move(_path + ".t", _path, overwrite: true);
            await write(handle, bytes, offset);
        };

        await sink.Awaiting(it => it.WriteAsync(Events(2, 1), Never)).Should().ThrowAsync<IOException>().WithMessage("*is a symbolic link to*");

        sink.File.Write = write;
        await sink.Awaiting(it => it.WriteAsync(Events(2, 1), Never)).Should().ThrowAsync<IOException>();
        (await File.ReadAllTextAsync(victim, Never)).Should().BeEmpty();
    }

    [Fact]
    public async Task Whoever_puts_links_in_its_place_without_pause_gets_nothing_into_another_file()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere a link is refused when it is seen");
        var victim = Path.Combine(_directory, "victim");
        await File.WriteAllTextAsync(victim, "", Never);
        using var sink = new JsonLinesFileSink(_path, new() { FlushToDisk = false });
        using var done = new CancellationTokenSource();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));

        // On a thread of its own: where the pool is busy the writer would be done before the race began.
        var racing = Task.Factory.StartNew(() => Race(victim, done.Token), Never, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var (written, refused) = (0, 0);
        try
        {
            // Enough of both that the two have met.
            for (var batch = 1; !patience.IsCancellationRequested && (written < 500 || refused < 500); batch++)
            {
                try
                {
                    await sink.WriteAsync(Events(batch, 1), Never);
                    written++;
                }
                catch (IOException)
                {
                    refused++;
                }
            }
        }
        finally
        {
            await done.CancelAsync();
            await racing;
        }

        new FileInfo(victim).Length.Should().Be(0);
        written.Should().BePositive();
        refused.Should().BePositive();
    }

    [Fact]
    public async Task A_link_by_the_name_of_a_rotated_file_is_replaced_and_not_followed()
    {
        var victim = Path.Combine(_directory, "victim");
        await File.WriteAllTextAsync(victim, "", Never);
        using (var sink = new JsonLinesFileSink(_path, new() { MaxFileBytes = 10 }))
        {
            await sink.WriteAsync(Events(1, 1), Never);
            File.CreateSymbolicLink(_path + ".1", victim);
            await sink.WriteAsync(Events(2, 1), Never);
        }

        (await File.ReadAllTextAsync(victim, Never)).Should().BeEmpty();
        File.Delete(victim);
        Files().Should().Equal(Lines(2, 1), Lines(1, 1));
    }

    [Theory]
    [InlineData(0, 0, 0b110_000_000, 0b111_000_000)]
    [InlineData(0b110_100_000, 0b111_101_000, 0b110_100_000, 0b111_101_000)]
    [InlineData(0b110_110_110, 0b111_111_111, 0b110_110_110, 0b111_111_111)]
    public async Task Files_and_directories_have_the_permissions_asked_for_also_after_a_rotation(int fileMode, int directoryMode, int file, int directory)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "permissions");
        var path = Path.Combine(_directory, "a", "b", "audit.jsonl");
        var options = new JsonLinesFileSinkOptions { MaxFileBytes = 10 };
        if (fileMode != 0)
        {
            options.FileMode = (UnixFileMode)fileMode;
            options.DirectoryMode = (UnixFileMode)directoryMode;
        }

        using var sink = new JsonLinesFileSink(path, options);
        await sink.WriteAsync(Events(1, 1), Never);
        await sink.WriteAsync(Events(2, 1), Never);

        new[] { path, path + ".1" }.Select(ModeOf).Should().Equal(file, file);
        new[] { Path.Combine(_directory, "a"), Path.Combine(_directory, "a", "b") }.Select(ModeOf).Should().Equal(directory, directory);
    }

    [Fact]
    public async Task A_directory_or_a_link_is_refused_in_words()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs links that anybody can make.");
        var link = Path.Combine(_directory, "link");
        File.CreateSymbolicLink(link, _path);

        using var onDirectory = new JsonLinesFileSink(_directory);
        using var onLink = new JsonLinesFileSink(link);

        await onDirectory.Awaiting(it => it.WriteAsync(Events(1, 1), Never)).Should().ThrowAsync<IOException>().WithMessage("*is a directory*");
        await onLink.Awaiting(it => it.WriteAsync(Events(1, 1), Never)).Should().ThrowAsync<IOException>().WithMessage("*is a symbolic link to *");
        File.Exists(_path).Should().BeFalse();
    }

    [Fact]
    public async Task A_pipe_is_refused_in_words_and_not_waited_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mkfifo");
        using (var mkfifo = Process.Start("mkfifo", [_path]))
        {
            await mkfifo.WaitForExitAsync(Never);
        }

        using var sink = new JsonLinesFileSink(_path);
        var writing = Task.Run(() => sink.WriteAsync(Events(1, 1), Never), Never);

        await writing.Awaiting(task => task.Soon()).Should().ThrowAsync<IOException>().WithMessage("*is not a regular file*");
    }

    [Fact]
    public void All_bad_options_are_reported_at_once()
    {
        var creating = () => new JsonLinesFileSink(_path, new() { MaxFileBytes = -1, MaxFiles = 0, FileMode = UnixFileMode.UserRead, DirectoryMode = (UnixFileMode)0x3FF, WriteLine = null! });

        creating.Should().Throw<ArgumentException>()
            .WithMessage("MaxFileBytes (-1) is negative*MaxFiles (0) is outside 1 to 1000*FileMode (0400) does not fit*DirectoryMode (1777) does not fit*WriteLine is null*");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("logs/")]
    public void A_path_that_names_no_file_is_refused(string path)
    {
        var creating = () => new JsonLinesFileSink(path);

        creating.Should().Throw<ArgumentException>();
    }

    [Fact]
    public async Task A_host_says_what_a_line_is()
    {
        using var sink = new JsonLinesFileSink(_path, new() { WriteLine = static (output, one) => output.Write(Encoding.UTF8.GetBytes($"{{\"n\":{one.Sequence}}}\n")) });

        await sink.WriteAsync(Events(1, 2), Never);

        Files().Should().Equal("{\"n\":1}\n{\"n\":2}\n");
    }

    [Fact]
    public async Task A_line_that_cannot_be_made_leaves_nothing_of_its_batch()
    {
        var isBroken = true;
        using var sink = new JsonLinesFileSink(_path, new() { WriteLine = (output, one) => AuditEventJson.WriteLine(output, isBroken && one.Sequence == 2 ? throw new FormatException() : one) });

        await sink.Invoking(broken => broken.WriteAsync(Events(1, 2), Never)).Should().ThrowAsync<FormatException>();
        isBroken = false;
        await sink.WriteAsync(Events(1, 2), Never);

        Files().Should().Equal(Lines(1, 2));
    }

    [Fact]
    public async Task Options_are_copied()
    {
        var options = new JsonLinesFileSinkOptions();
        using var sink = new JsonLinesFileSink(_path, options);
        options.MaxFileBytes = 1;

        await sink.WriteAsync(Events(1, 1), Never);
        await sink.WriteAsync(Events(2, 1), Never);

        Files().Should().ContainSingle();
    }

    [Theory]
    [InlineData("audit.jsonl", true)]
    [InlineData("audit.jsonl.1", true)]
    [InlineData("audit.jsonl.12", true)]
    [InlineData("audit.jsonl.0", false)]
    [InlineData("audit.jsonl.01", false)]
    [InlineData("audit.jsonl.1.gz", false)]
    [InlineData("audit.jsonl.", false)]
    [InlineData("audit.jsonlx", false)]
    [InlineData("audit", false)]
    [InlineData("other/audit.jsonl", false)]
    public void The_sink_knows_its_own_files(string name, bool isOwn)
    {
        using var sink = new JsonLinesFileSink(_path);

        sink.Owns(Path.Combine(_directory, name)).Should().Be(isOwn);
    }

    [Fact]
    public async Task Disposing_waits_for_the_write_under_way_and_later_writes_are_refused()
    {
        var sink = new JsonLinesFileSink(_path);
        var begun = new TaskCompletionSource();
        var held = new TaskCompletionSource();
        var write = sink.File.Write;
        sink.File.Write = async (handle, bytes, offset) =>
        {
            begun.SetResult();
            await held.Task;
            await write(handle, bytes, offset);
        };

        var writing = sink.WriteAsync(Events(1, 2), Never);
        await begun.Task.Soon();
        var disposing = sink.DisposeAsync().AsTask();
        var disposingAgain = sink.DisposeAsync().AsTask();
        disposing.IsCompleted.Should().BeFalse();
        held.SetResult();
        await Task.WhenAll(writing, disposing, disposingAgain).Soon();
        sink.Dispose();

        Files().Should().Equal(Lines(1, 2));
        await sink.Awaiting(it => it.WriteAsync(Events(3, 1), Never)).Should().ThrowAsync<ObjectDisposedException>();
        await sink.Awaiting(it => it.FlushAsync(Never)).Should().ThrowAsync<ObjectDisposedException>();
    }

    [Fact]
    public async Task The_file_can_be_read_while_it_is_written()
    {
        using var sink = new JsonLinesFileSink(_path);
        await sink.WriteAsync(Events(1, 1), Never);

        using var reader = new StreamReader(new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        await sink.WriteAsync(Events(2, 1), Never);

        (await reader.ReadToEndAsync(Never)).Should().Be(Lines(1, 2));
    }

    private static int ModeOf(string path) => OperatingSystem.IsWindows() ? 0 : (int)File.GetUnixFileMode(path);

    // symlink, rename, unlink: whatever the sink checks, by the time it acts on it something else stands there.
    private void Race(string victim, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            try
            {
                File.CreateSymbolicLink(_path + ".t", victim);
                File.Move(_path + ".t", _path, overwrite: true);
                File.Delete(_path);
            }
            catch (IOException)
            {
                // The sink has just made its own file there.
            }
        }
    }

    // The contents of the live file, of path.1, of path.2 …
    private List<string> Files()
    {
        var files = new List<string>();
        for (var number = 0; File.Exists(Name(number)); number++)
        {
            using var reader = new StreamReader(new FileStream(Name(number), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            files.Add(reader.ReadToEnd());
        }

        Directory.GetFiles(_directory).Should().HaveCount(files.Count);
        return files;
    }

    private string Name(int number) => number == 0 ? _path : $"{_path}.{number}";

    private static List<AuditEvent> Events(long first, int count) =>
        [.. Enumerable.Range(0, count).Select(n => new AuditEvent { Sequence = first + n, Root = "/data", RelativePath = $"Gänse/{first + n}.txt" })];

    private static string Lines(long first, int count) => string.Concat(Events(first, count).Select(one => AuditEventJson.Serialize(one) + "\n"));
}
