using FileMonitor.Sources.Fanotify;
using FileMonitor.Values;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Tests.Sources.Linux;

/// <summary>With a directory that looks like <c>/proc</c>, in which processes begin and end as the test wants.</summary>
public sealed class ProcessTableTests : IDisposable
{
    private static readonly byte[] Programs = FanotifyEventBytes.Handle(50);
    private static readonly string Container = new('a', 64);

    private readonly string _home = Directory.CreateTempSubdirectory("filemonitor-processes-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ProcessTable _table;
    private int _lookups;

    public ProcessTableTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has /proc.");
        File.WriteAllText(Path.Join(_home, "passwd"), "root:x:0:0::/root:/bin/sh\nbroken\nann:x:1000:1000::/:/bin/sh\nsecond:x:1000:1::/:\n");
        _table = new ProcessTable(
            new ProcessReader(_home, new AccountFile(Path.Join(_home, "passwd"), _time)),
            new ProcessPrograms(
                handle =>
                {
                    _lookups++;
                    return handle.SequenceEqual(Programs) ? "/usr/bin" : null;
                },
                _time),
            _time)
        { EmptyAt = _time.GetTimestamp() };
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void A_process_that_is_there_is_read_once()
    {
        Begin(7, start: 123, "/opt/tool");

        var actor = _table.ActorOf(7);

        actor.Should().BeEquivalentTo(new
        {
            Confidence = ActorConfidence.Kernel,
            ProcessId = 7,
            StartKey = 123L,
            Executable = "/opt/tool",
            CommandLine = "tool --flag a b",
            UserId = 1000L,
            UserName = "ann",
            ContainerId = Container,
        });
        _table.ActorOf(7).Should().BeSameAs(actor);
        Later(0.2);
        _table.ActorOf(7).Should().BeSameAs(actor, "it is still the same one");
    }

    [Fact]
    public void A_process_that_has_ended_is_known_by_what_the_kernel_said_it_started()
    {
        _table.NoteStart(7, Programs, "dash"u8);
        _table.NoteStart(7, Programs, "ld-linux-x86-64.so.2"u8);

        _table.ActorOf(7).Should().BeEquivalentTo(new { Confidence = ActorConfidence.ExecCache, ProcessId = 7, Executable = "/usr/bin/dash", StartKey = (long?)null });
    }

    [Fact]
    public void The_user_of_a_process_that_ended_at_once_is_the_one_who_started_the_program()
    {
        Begin(7, start: 123, "/usr/bin/setpriv");
        _table.NoteStart(7, Programs, "dash"u8);
        End(7);

        _table.ActorOf(7).Should().BeEquivalentTo(new { Confidence = ActorConfidence.ExecCache, Executable = "/usr/bin/dash", UserId = 1000L, UserName = "ann" });
    }

    [Fact]
    public void The_user_is_not_taken_from_a_process_that_may_have_got_the_number_since()
    {
        Begin(7, start: 123, "/opt/other");
        _time.Advance(TimeSpan.FromSeconds(0.2));
        _table.NoteStart(7, Programs, "dash"u8);
        End(7);

        _table.ActorOf(7).Should().BeEquivalentTo(new { Confidence = ActorConfidence.ExecCache, Executable = "/usr/bin/dash", UserId = (long?)null });
    }

    [Fact]
    public void A_child_of_nobody_knows_what_is_not_guessed_at()
    {
        _table.ActorOf(7).Should().BeEquivalentTo(new { Confidence = ActorConfidence.Unknown, ProcessId = 7, Executable = (string?)null });
        _table.ActorOf(0).Should().BeEquivalentTo(new { Confidence = ActorConfidence.Unknown, ProcessId = (int?)null });
        _table.ActorOf(-3).ProcessId.Should().BeNull();
    }

    [Fact]
    public void A_number_that_is_used_again_does_not_get_the_former_ones_name()
    {
        Begin(7, start: 123, "/opt/tool");
        _table.ActorOf(7).Executable.Should().Be("/opt/tool");

        Later(0.2);
        Begin(7, start: 456, "/opt/other");
        _table.ActorOf(7).Should().BeEquivalentTo(new { Executable = "/opt/other", StartKey = 456L });

        // With a start that was told of, even at once.
        End(7);
        _table.NoteStart(7, Programs, "third"u8);
        _table.ActorOf(7).Should().BeEquivalentTo(new { Confidence = ActorConfidence.ExecCache, Executable = "/usr/bin/third" });

        Later(11);
        _table.ActorOf(7).Should().BeEquivalentTo(new { Confidence = ActorConfidence.Unknown, Executable = (string?)null }, "by now it may be any other");
    }

    [Fact]
    public void One_that_ended_since_it_was_read_is_named_with_less_confidence()
    {
        Begin(7, start: 123, "/opt/tool");
        _table.ActorOf(7);
        End(7);

        _table.ActorOf(7).Confidence.Should().Be(ActorConfidence.Kernel, "no number comes round within 100 ms");
        Later(0.2);
        _table.ActorOf(7).Should().BeEquivalentTo(new { Confidence = ActorConfidence.ProcLookup, Executable = "/opt/tool" });
    }

    [Fact]
    public void What_is_heard_late_is_looked_up_by_the_number_only_unless_its_start_was_heard()
    {
        Begin(7, start: 123, "/opt/tool");
        Begin(8, start: 124, "/usr/bin/dash");
        _time.Advance(TimeSpan.FromSeconds(1));

        _table.NoteStart(8, Programs, "dash"u8);
        _table.ActorOf(7).Confidence.Should().Be(ActorConfidence.ProcLookup);
        _table.ActorOf(8).Confidence.Should().Be(ActorConfidence.Kernel);
    }

    [Fact]
    public void Another_program_in_the_same_process_is_another_actor()
    {
        Begin(7, start: 123, "/opt/tool");
        _table.ActorOf(7);

        Begin(7, start: 123, "/usr/bin/dash");
        _table.NoteStart(7, Programs, "dash"u8);

        _table.ActorOf(7).Executable.Should().Be("/usr/bin/dash");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void A_program_that_was_started_after_the_change_is_not_named_for_certain(double afterSeconds)
    {
        _table.NoteStart(7, Programs, "dash"u8);
        Later(afterSeconds);
        _table.EmptyAt = _time.GetTimestamp();

        // dash made the change; until it is heard of, its process runs another program, as root.
        Begin(7, start: 123, "/usr/bin/su");

        _table.ActorOf(7).Should().BeEquivalentTo(new { Confidence = ActorConfidence.ProcLookup, Executable = "/usr/bin/su" });
    }

    [Fact]
    public void However_many_processes_there_are_it_keeps_some_thousands()
    {
        for (var i = 1; i < 50_000; i++)
        {
            _table.NoteStart(i, Programs, "dash"u8);
        }

        _table.Count.Should().BeLessThanOrEqualTo(8192);
        _lookups.Should().Be(1, "a program is found out once");
        _table.ActorOf(49_999).Executable.Should().Be("/usr/bin/dash");
    }

    [Fact]
    public void Hostile_contents_are_taken_as_they_are_and_cut()
    {
        Begin(7, start: 123, "/opt/tool", name: "evil) S 1 (x", commandLine: new string('x', 10_000));

        var actor = _table.ActorOf(7);

        actor.StartKey.Should().Be(123);
        actor.CommandLine.Should().HaveLength(4096);
    }

    [Fact]
    public void What_is_heard_late_of_a_process_that_was_there_before_is_certain()
    {
        File.WriteAllText(Path.Join(_home, "uptime"), "61.23 99.00\n");
        Begin(7, start: 5_621, "/opt/tool");
        Begin(8, start: 5_622, "/opt/tool");
        _time.Advance(TimeSpan.FromSeconds(5));

        _table.ActorOf(7).Confidence.Should().Be(ActorConfidence.Kernel, "it began before the queue was empty last");
        _table.ActorOf(8).Confidence.Should().Be(ActorConfidence.ProcLookup, "another may have had its number then");
    }

    private void Begin(int number, long start, string program, string name = "tool", string commandLine = "tool\0--flag\0a b\0")
    {
        End(number);
        var directory = Directory.CreateDirectory(Path.Join(_home, $"{number}")).FullName;
        File.WriteAllText(Path.Join(directory, "stat"), $"{number} ({name}) S 1 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 {start} 2 3 4");
        File.WriteAllText(Path.Join(directory, "cmdline"), commandLine);
        File.WriteAllText(Path.Join(directory, "status"), "Name:\ttool\nUid:\t0\t1000\t0\t0\nGid:\t0\t0\t0\t0\n");
        File.WriteAllText(Path.Join(directory, "cgroup"), $"0::/system.slice/docker-{Container}.scope\n");
        File.CreateSymbolicLink(Path.Join(directory, "exe"), program);
    }

    private void End(int number)
    {
        if (Directory.Exists(Path.Join(_home, $"{number}")))
        {
            Directory.Delete(Path.Join(_home, $"{number}"), recursive: true);
        }
    }

    /// <summary>Time passes, and the kernel's queue was empty until a moment ago.</summary>
    private void Later(double seconds)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        _table.EmptyAt = _time.GetTimestamp();
    }
}
