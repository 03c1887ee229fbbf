using FileMonitor.Extending;
using FileMonitor.Testing;
using FileMonitor.Values;
using FluentAssertions;
using Xunit;

namespace FileMonitor.Tests;

/// <summary>Which events tell of a complete file, and what of its content is handed over; files are in memory, and copies on the disk.</summary>
public sealed class AuditEventFileTests : IDisposable
{
    // More than one read takes.
    private static readonly string ManyPieces = new('a', 700_000);

    private static readonly AuditEventKind[] CompleteKinds = [AuditEventKind.Created, AuditEventKind.Modified, AuditEventKind.Renamed, AuditEventKind.ChecksumUpdated, AuditEventKind.Baseline];

    private static readonly FileWriters?[] Writers = [null, .. Enum.GetValues<FileWriters>()];

    private readonly string _directory = Directory.CreateTempSubdirectory("filemonitor-copies-").FullName;
    private readonly ScriptedTree _tree = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Destination => Path.Join(_directory, "done", "copy");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_complete_file_has_one_of_five_kinds_no_writer_and_a_checksum()
    {
        var all =
            from kind in Enum.GetValues<AuditEventKind>()
            from type in Enum.GetValues<ItemType>()
            from writers in Writers
            from status in Enum.GetValues<ChecksumStatus>()
            select (Kind: kind, Type: type, Writers: writers, Status: status);

        var passed = all.Where(one => EventOf(one.Kind, one.Type, one.Writers, one.Status).IsCompleteFile()).ToList();

        passed.Should().BeEquivalentTo(
            from kind in CompleteKinds
            from writers in new FileWriters?[] { null, FileWriters.Unknown, FileWriters.None }
            select (kind, ItemType.File, writers, ChecksumStatus.Computed));
    }

    [Theory]
    [InlineData("invoice.part", false)]
    [InlineData("d/invoice.pdf.PARTIAL", false)]
    [InlineData("invoice.filepart", false)]
    [InlineData("invoice.crdownload", false)]
    [InlineData("invoice.tmp", false)]
    [InlineData("invoice.part.pdf", true)]
    [InlineData("d.part/invoice", true)]
    [InlineData("tmp", true)]
    [InlineData("part", true)]
    public void A_name_that_programs_give_to_what_is_not_finished_does_not_pass(string path, bool passes) =>
        FakeAuditEvent.Created(path).IsCompleteFile().Should().Be(passes);

    [Fact]
    public void A_file_that_is_a_root_passes_whatever_its_name() =>
        new AuditEvent { Root = _tree.PathOf("x.tmp"), Kind = AuditEventKind.Modified, ItemType = ItemType.File, Checksum = Sha256Digest.From(new byte[Sha256Digest.Length]) }.IsCompleteFile().Should().BeTrue();

    [Theory]
    [InlineData("write a 1; close a; wait", "*.part", "C a 1")]
    [InlineData("write a.part 1; close a.part; wait; mv a.part a; wait", "*.part", "C a 1")]
    [InlineData("write a.part 1; close a.part; wait; mv a.part a; wait", null, "R a.part→a")]
    [InlineData("write a.part 1; close a.part; mv a.part a; wait", null, "C a 1")]
    [InlineData("write known.part 2; close known.part; wait; mv known.part known; wait", "*.part", "M known 1→2")]
    [InlineData("write known.part 2; close known.part; wait; mv known.part known; wait", null, "R known.part→known over 1")]
    [InlineData("write a.part 1; close a.part; wait; append a.part 2; close a.part; wait; mv a.part a; wait", null, "R a.part→a")]
    [InlineData("write a.part 1; close a.part; wait; rm a.part; wait", null, "")]
    [InlineData("write known 2; close known; wait; rm known; wait", null, "M known 1→2")]
    public async Task An_upload_passes_once_with_and_without_a_pattern_for_its_unfinished_name(string script, string? ignored, string expected)
    {
        await using var tree = await MonitoredTree.StartKnowingAsync("known=1", options =>
        {
            options.Roots[0].ReportWhen = ReportWhen.Closed;
            if (ignored is not null)
            {
                options.Roots[0].Ignore.Add(ignored);
            }
        });
        await tree.PlayAsync(script);

        tree.Describe((await tree.StopAsync()).Where(AuditEventFile.IsCompleteFile)).Should().Be(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1;2")]
    public async Task The_content_of_the_event_is_handed_over(string content)
    {
        _tree.Files.WriteFile(_tree.PathOf("d/a"), content);
        var e = Created("d/a", content);

        (await e.ReadFileAsync(content.Length, _tree.Files, Token)).Should().Equal(_tree.Files.ReadFile(_tree.PathOf("d/a")));
        (await e.CopyFileAsync(Destination, _tree.Files, Token)).Should().BeTrue();
        ShouldBeTheOnlyOne(content);
        (await e.CopyFileAsync(Destination, _tree.Files, Token)).Should().BeTrue("an event may come again");
        ShouldBeTheOnlyOne(content);
    }

    [Fact]
    public async Task A_copy_is_for_its_owner_alone()
    {
        _tree.Files.WriteFile(_tree.PathOf("a"), "1");
        await Created("a", "1").CopyFileAsync(Destination, _tree.Files, Token);

        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        new FileInfo(Destination).UnixFileMode.Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Theory]
    [InlineData("2", "of another content and the same length")]
    [InlineData("12", "longer")]
    [InlineData("", "cut off")]
    public async Task Another_content_is_not_handed_over(string content, string because)
    {
        _tree.Files.WriteFile(_tree.PathOf("a"), content);

        await ShouldBeRefusedAsync<ContentChangedException>(Created("a", "1"), "*a has not the content that the event is about*", because);
    }

    [Fact]
    public async Task A_file_that_gets_the_content_of_its_event_again_is_handed_over_when_the_event_is_tried_again()
    {
        _tree.Files.WriteFile(_tree.PathOf("a"), "cont");
        await ShouldBeRefusedAsync<ContentChangedException>(Created("a", "content"), "*has not the content*", "it is sent again");

        _tree.Files.WriteFile(_tree.PathOf("a"), "content");
        (await Created("a", "content").CopyFileAsync(Destination, _tree.Files, Token)).Should().BeTrue();
        ShouldBeTheOnlyOne("content");
    }

    [Theory]
    [InlineData("cut off")]
    [InlineData("written")]
    public async Task A_file_that_is_changed_while_it_is_read_is_not_handed_over(string how) =>
        await ShouldBeRefusedAsync<ContentChangedException>(Created("a", ManyPieces), "*has not the content*", how, () =>
        {
            _tree.Files.WriteFile(_tree.PathOf("a"), ManyPieces);
            OnSecondRead(path => _tree.Files.WriteFile(path, how == "cut off" ? "a" : ManyPieces.Replace('a', 'b')));
        });

    [Fact]
    public async Task A_file_that_grows_without_end_is_read_no_further_than_it_was()
    {
        var reads = 0;
        await ShouldBeRefusedAsync<ContentChangedException>(Created("a", ManyPieces), "*has not the content*", "it grows", () =>
        {
            _tree.Files.OnRead = null;
            _tree.Files.WriteFile(_tree.PathOf("a"), ManyPieces);
            _tree.Files.OnRead = path =>
            {
                (++reads).Should().BeLessThan(100);
                _tree.Files.Append(path, ManyPieces);
            };
        });
    }

    [Fact]
    public async Task What_is_written_while_the_content_of_the_event_is_read_to_its_end_does_not_matter()
    {
        _tree.Files.WriteFile(_tree.PathOf("a"), "1");
        OnSecondRead(path => _tree.Files.WriteFile(path, "1"));

        (await Created("a", "1").CopyFileAsync(Destination, _tree.Files, Token)).Should().BeTrue("the bytes that were read are those of the event");
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("directory")]
    [InlineData("link")]
    [InlineData("behind/file")]
    public async Task Where_no_file_is_any_more_nothing_is_handed_over_and_nothing_is_thrown(string name)
    {
        _tree.Files.WriteFile(_tree.PathOf("real/file"), "1");
        _tree.Files.CreateDirectory(_tree.PathOf("directory"));
        _tree.Files.CreateLink(_tree.PathOf("link"), "real/file");
        _tree.Files.CreateLink(_tree.PathOf("behind"), "real");
        var e = Created(name, "1");

        (await e.ReadFileAsync(100, _tree.Files, Token)).Should().BeNull();
        (await e.CopyFileAsync(Destination, _tree.Files, Token)).Should().BeFalse();
        Directory.Exists(Path.GetDirectoryName(Destination)).Should().BeFalse("nothing is made for it");
    }

    [Fact]
    public async Task A_file_that_is_larger_than_the_limit_is_refused_before_it_is_read()
    {
        _tree.Files.WriteFile(_tree.PathOf("a"), "123");
        _tree.Files.OnRead = _ => throw new InvalidOperationException("It was read.");

        var reading = () => Created("a", "123").ReadFileAsync(2, _tree.Files, Token);

        (await reading.Should().ThrowAsync<IOException>()).WithMessage("*a has 3 bytes or more, and maxBytes (2)*CopyFileAsync.").Which.Should().NotBeOfType<ContentChangedException>();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_of_a_system_that_does_not_know_sizes_is_read_to_its_end_and_no_further_than_the_limit(bool statesSize)
    {
        var view = new SizelessView(statesSize);
        var e = FakeAuditEvent.Created("a", one =>
        {
            one.SetContent(SizelessView.Text);
            one.Size = 0;
        });

        (await e.ReadFileAsync(SizelessView.Text.Length, view, Token)).Should().Equal(System.Text.Encoding.UTF8.GetBytes(SizelessView.Text));
        await e.Invoking(one => one.ReadFileAsync(SizelessView.Text.Length - 1, view, Token)).Should().ThrowAsync<IOException>().WithMessage("*maxBytes*");
        (await e.CopyFileAsync(Destination, view, Token)).Should().BeTrue();
        ShouldBeTheOnlyOne(SizelessView.Text);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_an_error_so_that_the_event_is_tried_again()
    {
        _tree.Files.WriteFile(_tree.PathOf("a\nb"), "1");
        _tree.Files.Deny(_tree.PathOf("a\nb"));

        await ShouldBeRefusedAsync<IOException>(Created("a\nb", "1"), "\"*a\\nb\" cannot be read: *", "it may be readable later");
    }

    [Fact]
    public async Task An_error_of_the_disk_in_the_middle_leaves_the_destination_as_it_was()
    {
        _tree.Files.WriteFile(_tree.PathOf("a"), ManyPieces);

        await ShouldBeRefusedAsync<IOException>(Created("a", ManyPieces), "The disk is broken.", "the error is the system's", () => OnSecondRead(_ => throw new IOException("The disk is broken.")));
    }

    [Fact]
    public async Task A_copy_that_is_cancelled_leaves_the_destination_as_it_was()
    {
        _tree.Files.WriteFile(_tree.PathOf("a"), ManyPieces);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Token);
        OnSecondRead(_ => cancelled.Cancel());

        await Created("a", ManyPieces).Invoking(one => one.CopyFileAsync(Destination, _tree.Files, cancelled.Token)).Should().ThrowAsync<OperationCanceledException>();

        Directory.GetFileSystemEntries(Path.GetDirectoryName(Destination)!).Should().BeEmpty();
    }

    [Fact]
    public async Task What_cannot_be_checked_or_written_is_refused_at_once()
    {
        var unchecked_ = FakeAuditEvent.Created("a", e => e.ChecksumStatus = ChecksumStatus.TooLarge);
        var e = Created("a", "1");

        await unchecked_.Invoking(one => one.ReadFileAsync(1, _tree.Files, Token)).Should().ThrowAsync<ArgumentException>().WithMessage("*no checksum (TooLarge)*");
        await unchecked_.Invoking(one => one.CopyFileAsync(Destination, _tree.Files, Token)).Should().ThrowAsync<ArgumentException>().WithMessage("*no checksum (TooLarge)*");
        await e.Invoking(one => one.ReadFileAsync(-1, _tree.Files, Token)).Should().ThrowAsync<ArgumentException>();
        await e.Invoking(one => one.CopyFileAsync(" ", _tree.Files, Token)).Should().ThrowAsync<ArgumentException>();
        await e.Invoking(one => one.CopyFileAsync(_directory + "/", _tree.Files, Token)).Should().ThrowAsync<ArgumentException>().WithMessage("*add a file name*");
    }

    private static AuditEvent EventOf(AuditEventKind kind, ItemType type, FileWriters? writers, ChecksumStatus status) => new()
    {
        Kind = kind,
        ItemType = type,
        Writers = writers,
        ChecksumStatus = status,
        Checksum = status == ChecksumStatus.Computed ? Sha256Digest.From(new byte[Sha256Digest.Length]) : null,
        RelativePath = "a",
    };

    private static AuditEvent Created(string path, string content) => FakeAuditEvent.Created(path, e => e.SetContent(content));

    private void OnSecondRead(Action<string> act)
    {
        var reads = 0;
        _tree.Files.OnRead = path =>
        {
            if (++reads == 2)
            {
                act(path);
            }
        };
    }

    private void ShouldBeTheOnlyOne(string content)
    {
        Directory.GetFileSystemEntries(Path.GetDirectoryName(Destination)!).Should().Equal(Destination);
        File.ReadAllText(Destination).Should().Be(content);
    }

    /// <summary>Neither way hands anything over, and what stands at the destination is left as it is, alone.</summary>
    private async Task ShouldBeRefusedAsync<TException>(AuditEvent e, string message, string because, Action? prepare = null)
        where TException : IOException
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Destination)!);
        await File.WriteAllTextAsync(Destination, "before", Token);
        prepare?.Invoke();
        (await e.Invoking(one => one.CopyFileAsync(Destination, _tree.Files, Token)).Should().ThrowExactlyAsync<TException>(because)).WithMessage(message);
        ShouldBeTheOnlyOne("before");
        prepare?.Invoke();
        (await e.Invoking(one => one.ReadFileAsync(int.MaxValue, _tree.Files, Token)).Should().ThrowExactlyAsync<TException>(because)).WithMessage(message);
    }

    /// <summary>A file system that says 0 bytes of every file, as some in user space do.</summary>
    private sealed class SizelessView(bool statesSize) : IFileView
    {
        public const string Text = "a content";

        public FileStatus GetStatus(string root, string relativePath) => new() { Outcome = FileStatusOutcome.Found, ItemType = ItemType.File };

        public string? GetLinkTarget(string root, string relativePath, out FileStatus link)
        {
            link = GetStatus(root, relativePath);
            return null;
        }

        public FileOpening Open(string root, string relativePath) => new(new SizelessFile(statesSize));

        public FileStatusOutcome List(string root, string relativeDirectory, Action<string, FileStatus> found) => FileStatusOutcome.Missing;

        private sealed class SizelessFile(bool statesSize) : OpenFile
        {
            public override bool StatesSize => statesSize;

            public override FileStatus GetStatus() => new() { Outcome = FileStatusOutcome.Found, ItemType = ItemType.File };

            public override int Read(Span<byte> buffer, long position)
            {
                var left = System.Text.Encoding.UTF8.GetBytes(Text).AsSpan((int)position);
                var count = Math.Min(Math.Min(buffer.Length, 4), left.Length);
                left[..count].CopyTo(buffer);
                return count;
            }

            protected override void Dispose(bool disposing)
            {
            }
        }
    }
}
