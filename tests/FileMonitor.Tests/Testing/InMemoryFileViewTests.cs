using System.Text;
using FileMonitor.Extending;
using FileMonitor.Testing;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Testing;

public sealed class InMemoryFileViewTests
{
    private readonly InMemoryFileView _files = new(new FakeTimeProvider());

    [Fact]
    public void A_number_is_used_again_only_when_that_is_asked_for()
    {
        var view = new InMemoryFileView();
        view.WriteFile("/a", "one");
        var first = view.GetStatus("/a").FileNumber;
        view.Delete("/a");

        view.WriteFile("/b", "two");
        view.ReusesFileNumbers = true;
        view.WriteFile("/c", "three");

        view.GetStatus("/b").FileNumber.Should().NotBe(first);
        view.GetStatus("/c").FileNumber.Should().Be(first);
    }

    [Fact]
    public void Nothing_is_there_at_first() => _files.GetStatus("/a").Outcome.Should().Be(FileStatusOutcome.Missing);

    [Fact]
    public void A_written_file_is_there_with_its_directories()
    {
        _files.WriteFile("/data/in/a.txt", "héllo");

        var status = _files.GetStatus("/data/in/a.txt");
        status.Outcome.Should().Be(FileStatusOutcome.Found);
        status.ItemType.Should().Be(ItemType.File);
        status.Size.Should().Be(6);
        status.Device.Should().Be(1);
        _files.GetStatus("/data/in/").ItemType.Should().Be(ItemType.Directory);
        Listing("/data").Should().Equal("in");
        Encoding.UTF8.GetString(_files.ReadFile("/data/in/a.txt")).Should().Be("héllo");
    }

    [Fact]
    public void Every_write_has_a_later_time_though_the_clock_stands_still()
    {
        _files.WriteFile("/a", "1");
        var first = _files.GetStatus("/a");
        _files.WriteFile("/a", "2");
        var second = _files.GetStatus("/a");
        _files.Append("/a", "3");
        var third = _files.GetStatus("/a");

        second.LastWriteTicks.Should().BeGreaterThan(first.LastWriteTicks);
        third.LastWriteTicks.Should().BeGreaterThan(second.LastWriteTicks);
        third.FileNumber.Should().Be(first.FileNumber);
        third.Size.Should().Be(2);
    }

    [Fact]
    public void A_file_that_is_deleted_and_made_again_is_another_file()
    {
        _files.WriteFile("/a", "1");
        var first = _files.GetStatus("/a").FileNumber;
        _files.Delete("/a");
        _files.WriteFile("/a", "1");

        _files.GetStatus("/a").FileNumber.Should().NotBe(first);
    }

    [Fact]
    public void A_rename_keeps_the_identity_and_replaces_a_file()
    {
        _files.WriteFile("/a.tmp", "new");
        _files.WriteFile("/a", "old");
        var identity = _files.GetStatus("/a.tmp").FileNumber;

        _files.Move("/a.tmp", "/a");

        _files.GetStatus("/a").FileNumber.Should().Be(identity);
        _files.GetStatus("/a.tmp").Outcome.Should().Be(FileStatusOutcome.Missing);
        Listing("/").Should().Equal("a");
    }

    [Fact]
    public void A_renamed_directory_takes_along_what_is_in_it()
    {
        _files.WriteFile("/old/deep/a", "1");
        var identity = _files.GetStatus("/old/deep/a").FileNumber;

        _files.Move("/old", "/new");

        _files.GetStatus("/new/deep/a").FileNumber.Should().Be(identity);
        _files.GetStatus("/old/deep/a").Outcome.Should().Be(FileStatusOutcome.Missing);
        Listing("/new/deep").Should().Equal("a");
    }

    [Fact]
    public void A_change_that_a_file_system_refuses_throws()
    {
        _files.WriteFile("/d/a", "1");
        _files.CreateDirectory("/e");

        Expect<IOException>(() => _files.Delete("/d"));
        Expect<IOException>(() => _files.WriteFile("/d", "1"));
        Expect<IOException>(() => _files.WriteFile("/d/a/b", "1"));
        Expect<IOException>(() => _files.CreateDirectory("/d/a"));
        Expect<IOException>(() => _files.CreateLink("/d/a", "/e"));
        Expect<IOException>(() => _files.Move("/d", "/d/x"));
        Expect<IOException>(() => _files.Move("/d/a", "/e"));
        Expect<IOException>(() => _files.Delete("/", recursive: true));
        Expect<FileNotFoundException>(() => _files.Delete("/x"));
        Expect<FileNotFoundException>(() => _files.Move("/x", "/y"));
        Expect<FileNotFoundException>(() => _files.Lock("/x"));
        Expect<FileNotFoundException>(() => _files.ReadFile("/d"));
        Expect<ArgumentException>(() => _files.WriteFile("relative", "1"));
        Listing("/d").Should().Equal("a");
    }

    [Fact]
    public void A_denied_directory_is_seen_and_hides_what_is_below_it()
    {
        _files.WriteFile("/d/sub/a", "1");
        _files.Deny("/d");

        _files.GetStatus("/d").Outcome.Should().Be(FileStatusOutcome.Found);
        _files.List("/d", (_, _) => { }).Should().Be(FileStatusOutcome.Inaccessible);
        _files.GetStatus("/d/sub/a").Outcome.Should().Be(FileStatusOutcome.Inaccessible);
        _files.GetStatus("/d/none").Outcome.Should().Be(FileStatusOutcome.Inaccessible);
        _files.Open("/d/sub/a").Status.Should().Be(ChecksumStatus.Unreadable);

        _files.Allow("/d");
        _files.GetStatus("/d/sub/a").Outcome.Should().Be(FileStatusOutcome.Found);
    }

    [Fact]
    public void A_denied_file_is_seen_and_does_not_open_also_under_another_name()
    {
        _files.WriteFile("/a", "1");
        _files.Deny("/a");
        _files.Move("/a", "/b");

        _files.GetStatus("/b").Outcome.Should().Be(FileStatusOutcome.Found);
        _files.Open("/b").Status.Should().Be(ChecksumStatus.Unreadable);
    }

    [Fact]
    public void An_outcome_holds_for_a_path_and_all_below_until_it_is_taken_back()
    {
        _files.WriteFile("/mnt/d/a", "1");
        _files.SetOutcome("/mnt", FileStatusOutcome.Failed);

        _files.GetStatus("/mnt").Outcome.Should().Be(FileStatusOutcome.Failed);
        _files.GetStatus("/mnt/d/a").Outcome.Should().Be(FileStatusOutcome.Failed);
        _files.List("/mnt/d", (_, _) => { }).Should().Be(FileStatusOutcome.Failed);
        _files.Open("/mnt/d/a").Status.Should().Be(ChecksumStatus.Unreadable);

        _files.SetOutcome("/mnt", FileStatusOutcome.Missing);
        _files.Open("/mnt/d/a").Status.Should().Be(ChecksumStatus.Vanished);

        _files.SetOutcome("/mnt", FileStatusOutcome.Found);
        _files.GetStatus("/mnt/d/a").Outcome.Should().Be(FileStatusOutcome.Found);
    }

    [Fact]
    public void A_locked_file_opens_once_it_is_unlocked()
    {
        _files.WriteFile("/a", "1");
        _files.Lock("/a");
        _files.Open("/a").Status.Should().Be(ChecksumStatus.Locked);

        _files.Unlock("/a");
        using var file = _files.Open("/a").File;
        file.Should().NotBeNull();
    }

    [Fact]
    public void What_is_no_file_does_not_open()
    {
        _files.CreateDirectory("/d");
        _files.CreateLink("/l", "/nowhere");

        _files.Open("/d").Status.Should().Be(ChecksumStatus.NotApplicable);
        _files.Open("/l").Status.Should().Be(ChecksumStatus.NotApplicable);
        _files.Open("/x").Status.Should().Be(ChecksumStatus.Vanished);
        _files.GetStatus("/l").ItemType.Should().Be(ItemType.SymbolicLink);
        _files.GetLinkTarget("/l").Should().Be("/nowhere");
        _files.GetLinkTarget("/d").Should().BeNull();
        _files.List("/l", (_, _) => { }).Should().Be(FileStatusOutcome.Missing);
    }

    [Fact]
    public void An_open_file_reads_on_after_it_was_replaced()
    {
        _files.WriteFile("/a", "old");
        _files.WriteFile("/b", "new");
        using var file = _files.Open("/a").File!;
        var before = file.GetStatus();

        _files.Move("/b", "/a");

        Read(file).Should().Be("old");
        file.GetStatus().FileNumber.Should().Be(before.FileNumber);
        _files.GetStatus("/a").FileNumber.Should().NotBe(before.FileNumber);
    }

    [Fact]
    public void A_file_can_change_in_the_middle_of_a_read_and_the_open_file_tells()
    {
        _files.WriteFile("/a", "1234");
        using var file = _files.Open("/a").File!;
        var before = file.GetStatus();
        var reads = 0;
        _files.OnRead = path =>
        {
            if (++reads == 2)
            {
                _files.WriteFile(path, "abcdef");
            }
        };

        Read(file, bufferSize: 2).Should().Be("12cdef");
        file.GetStatus().LastWriteTicks.Should().NotBe(before.LastWriteTicks);
    }

    [Fact]
    public void A_file_can_vanish_just_before_it_is_opened_or_listed()
    {
        _files.WriteFile("/d/a", "1");
        _files.OnOpen = path => _files.Delete(path);
        _files.OnList = path => _files.WriteFile(path + "/b", "2");

        _files.Open("/d/a").Status.Should().Be(ChecksumStatus.Vanished);
        Listing("/d").Should().Equal("b");
    }

    [Fact]
    public void Mode_and_time_can_be_set()
    {
        var time = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.Zero);
        _files.WriteFile("/a", "1");
        _files.SetMode("/a", UnixFileMode.UserRead);
        _files.SetLastWriteTime("/a", time);

        _files.GetStatus("/a").Mode.Should().Be(0x100);
        _files.GetStatus("/a").LastWriteTicks.Should().Be(time.UtcTicks);
    }

    [Fact]
    public void Looking_at_a_file_allocates_nothing()
    {
        _files.WriteFile("/d/a", "1");
        var path = Path.DirectorySeparatorChar == '/' ? "/d/a" : @"\d\a";
        _files.GetStatus(path);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            _files.GetStatus(path);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
    }

    private static void Expect<TException>(Action change)
        where TException : Exception => change.Should().Throw<TException>();

    private static string Read(OpenFile file, int bufferSize = 100)
    {
        var content = new List<byte>();
        var buffer = new byte[bufferSize];
        while (file.Read(buffer, content.Count) is var read and > 0)
        {
            content.AddRange(buffer[..read]);
        }

        return Encoding.UTF8.GetString([.. content]);
    }

    private List<string> Listing(string directory)
    {
        var names = new List<string>();
        _files.List(directory, (name, _) => names.Add(name)).Should().Be(FileStatusOutcome.Found);
        return names;
    }
}
