using FileMonitor.Extending;
using FileMonitor.Sources.Fanotify;
using FluentAssertions;
using Xunit;
using static FileMonitor.Sources.Native.LinuxFanotify;
using static FileMonitor.Tests.Sources.Linux.FanotifyEventBytes;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>Events as the kernel could write them, the odd ones that no test can cause included; no disk.</summary>
public sealed class FanotifyTranslatorTests
{
    private static readonly byte[] Top = Handle(1);
    private static readonly byte[] Sub = Handle(2);
    private static readonly byte[] Elsewhere = Handle(99);

    private readonly HintRecorder _heard = new();
    private readonly FanotifyTree _tree = new();
    private readonly List<string> _scanned = [];
    private readonly MonitoredRoot _root = AwaitableWriter.Root("/r");
    private readonly FanotifyTranslator _translator;

    public FanotifyTranslatorTests()
    {
        _translator = new FanotifyTranslator(_tree, _heard, processes: null) { Scan = directory => _scanned.Add(_tree.PathOf(directory)) };
        _tree.AddRoot(_root, Top);
        Hear(new FanotifyEventBytes().Add(FAN_CREATE | FAN_ONDIR, 1, Directory(Top, "sub"), Target(Sub))).Should().Equal("Created sub finished");
    }

    [Theory]
    [InlineData(FAN_CREATE, "Created sub/f")]
    [InlineData(FAN_CREATE | FAN_MODIFY | FAN_ATTRIB | FAN_CLOSE_WRITE, "Created sub/f finished")]
    [InlineData(FAN_MODIFY, "Modified sub/f")]
    [InlineData(FAN_MODIFY | FAN_CLOSE_WRITE, "Modified sub/f finished")]
    [InlineData(FAN_CLOSE_WRITE, "Look sub/f finished")]
    [InlineData(FAN_ATTRIB, "Look sub/f")]
    [InlineData(FAN_MODIFY | FAN_CLOSE_WRITE | FAN_DELETE, "Deleted sub/f")]
    [InlineData(FAN_CREATE | FAN_CLOSE_WRITE | FAN_DELETE, "Created sub/f", "Deleted sub/f")]
    [InlineData(FAN_OPEN_EXEC)]
    public void What_the_kernel_merged_becomes_hints(ulong mask, params string[] hints) =>
        Hear(new FanotifyEventBytes().Add(mask, 1, Directory(Sub, "f"), Target(Handle(7)))).Should().Equal(hints);

    [Fact]
    public void An_event_without_a_directory_is_about_nothing_that_has_a_path() =>
        Hear(new FanotifyEventBytes().Add(FAN_ATTRIB, 1, Target(Handle(7))).Add(FAN_MODIFY, 1)).Should().BeEmpty();

    [Fact]
    public void What_is_heard_of_a_directory_after_its_deletion_still_has_a_path()
    {
        // The kernel merged the deletion into the creation, before what happened in between.
        Hear(new FanotifyEventBytes()
            .Add(FAN_CREATE | FAN_DELETE | FAN_ONDIR, 1, Directory(Sub, "d"), Target(Handle(3)))
            .Add(FAN_CREATE | FAN_DELETE, 1, Directory(Handle(3), "f"), Target(Handle(4))))
            .Should().Equal("Created sub/d", "Deleted sub/d", "Created sub/d/f", "Deleted sub/d/f");
    }

    [Fact]
    public void Deleted_directories_are_forgotten_one_day()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Hear(new FanotifyEventBytes().Add(FAN_CREATE | FAN_DELETE | FAN_ONDIR, 1, Directory(Sub, "d"), Target(Handle(1000 + i))));
        }

        _tree.Count.Should().BeLessThan(5000);
    }

    [Fact]
    public void A_rename_from_or_to_elsewhere_is_a_creation_or_a_deletion()
    {
        Hear(new FanotifyEventBytes()
            .Add(FAN_RENAME, 1, Old(Elsewhere, "x"), New(Sub, "y"), Target(Handle(5)))
            .Add(FAN_RENAME, 1, Old(Sub, "y"), New(Elsewhere, "x"), Target(Handle(5)))
            .Add(FAN_RENAME, 1, Old(Elsewhere, "x"), New(Elsewhere, "z"), Target(Handle(5)))
            .Add(FAN_RENAME, 1, Old(Sub, "half"), Target(Handle(5))))
            .Should().Equal("Created sub/y", "Deleted sub/y", "Deleted sub/half");
    }

    [Fact]
    public void Below_a_directory_that_left_all_is_foreign_and_one_that_came_is_scanned()
    {
        Hear(new FanotifyEventBytes()
            .Add(FAN_CREATE | FAN_ONDIR, 1, Directory(Sub, "d"), Target(Handle(3)))
            .Add(FAN_RENAME | FAN_ONDIR, 1, Old(Top, "sub"), New(Elsewhere, "sub"), Target(Sub))
            .Add(FAN_CREATE, 1, Directory(Handle(3), "f")))
            .Should().Equal("Created sub/d finished", "Deleted sub");
        _tree.Count.Should().Be(1);

        Hear(new FanotifyEventBytes().Add(FAN_RENAME | FAN_ONDIR, 1, Old(Elsewhere, "sub"), New(Top, "back"), Target(Sub))).Should().Equal("Created back finished");
        _scanned.Should().Equal("back");
    }

    [Fact]
    public void Two_directories_that_are_exchanged_keep_what_is_below_them()
    {
        Hear(new FanotifyEventBytes()
            .Add(FAN_CREATE | FAN_ONDIR, 1, Directory(Sub, "inside"), Target(Handle(3)))
            .Add(FAN_CREATE | FAN_ONDIR, 1, Directory(Top, "other"), Target(Handle(4)))
            .Add(FAN_RENAME | FAN_ONDIR, 1, Old(Top, "sub"), New(Top, "other"), Target(Sub))
            .Add(FAN_RENAME | FAN_ONDIR, 1, Old(Top, "other"), New(Top, "sub"), Target(Handle(4)))
            .Add(FAN_CREATE, 1, Directory(Handle(3), "f"))
            .Add(FAN_CREATE, 1, Directory(Handle(4), "g")))
            .Should().Equal("Created sub/inside finished", "Created other finished", "Renamed other from sub", "Renamed sub from other", "Created other/inside/f", "Created sub/g");
    }

    [Fact]
    public void A_directory_below_itself_means_that_events_are_missing()
    {
        MonitoredRoot? confused = null;
        _translator.Contradicted = root => confused = root;

        Hear(new FanotifyEventBytes()
            .Add(FAN_CREATE | FAN_ONDIR, 1, Directory(Sub, "d"), Target(Handle(3)))
            .Add(FAN_RENAME | FAN_ONDIR, 1, Old(Top, "sub"), New(Handle(3), "sub"), Target(Sub)));

        confused.Should().Be(_root);
    }

    [Fact]
    public void Overflow_and_rubbish_are_told_apart()
    {
        var overflows = 0;
        _translator.Overflowed = () => overflows++;

        Hear(new FanotifyEventBytes().Add(FAN_Q_OVERFLOW, 0));

        overflows.Should().Be(1);
        _translator.Invoking(translator => translator.Handle(new byte[30])).Should().Throw<IOException>();
    }

    [Fact]
    public void The_monitors_own_sentinels_are_heard_and_not_passed_on()
    {
        var (name, heard) = _root.Sentinels.Issue();

        Hear(new FanotifyEventBytes().Add(FAN_CREATE | FAN_CLOSE_WRITE | FAN_DELETE, 1, Directory(Top, name), Target(Handle(9)))).Should().BeEmpty();

        heard.IsCompleted.Should().BeTrue();
    }

    [Fact]
    public void Foreign_events_cost_a_look_up_and_allocate_nothing()
    {
        var bytes = new FanotifyEventBytes();
        for (var i = 0; i < 1000; i++)
        {
            bytes.Add(FAN_CREATE | FAN_MODIFY | FAN_CLOSE_WRITE, 1, Directory(Handle(100 + i), "some-file"), Target(Handle(10_000 + i)));
            bytes.Add(FAN_RENAME, 1, Old(Handle(100 + i), "some-file"), New(Handle(100 + i), "another"), Target(Handle(10_000 + i)));
        }

        var buffer = bytes.Bytes;
        _translator.Handle(buffer);
        var before = GC.GetAllocatedBytesForCurrentThread();

        _translator.Handle(buffer);

        (GC.GetAllocatedBytesForCurrentThread() - before).Should().Be(0);
        _translator.Foreign.Should().Be(4000);
    }

    private string[] Hear(FanotifyEventBytes events)
    {
        _heard.Clear();
        _translator.Handle(events.Bytes);
        return _heard.Hints;
    }
}
