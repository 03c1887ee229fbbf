using FileMonitor.Values;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace FileMonitor.Cli.Tests;

public sealed class EventLineTests
{
    private const string Sum = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, 5, TimeSpan.Zero);

    [Fact]
    public void A_change_is_one_line() => Assert.Equal(
        "12:00:00.005  Modified      sub/a.txt  1.5 KiB  e3b0c44298fc\n",
        Line(new AuditEvent { Kind = AuditEventKind.Modified, Root = "/r", RelativePath = "sub/a.txt", Size = 1536, ChecksumStatus = ChecksumStatus.Computed, Checksum = Digest, OccurredAt = Noon }));

    [Fact]
    public void A_rename_names_both_paths() => Assert.Equal(
        "12:00:00.005  Renamed       old → new/\n",
        Line(new AuditEvent { Kind = AuditEventKind.Renamed, Root = "/r", RelativePath = "new", OldRelativePath = "old", ItemType = ItemType.Directory, OccurredAt = Noon }));

    [Fact]
    public void A_missing_checksum_has_its_reason_and_an_unusual_origin_is_named() => Assert.Equal(
        "12:00:00.005  Created       a  0 B  Unreadable  Reconciled  Permission denied\n",
        Line(new AuditEvent { Kind = AuditEventKind.Created, Root = "/r", RelativePath = "a", Size = 0, ChecksumStatus = ChecksumStatus.Unreadable, Origin = AuditEventOrigin.Reconciled, Detail = "Permission denied", OccurredAt = Noon }));

    [Theory]
    [InlineData(ItemAttributes.Mode, "mode 0644 → 4755")]
    [InlineData(ItemAttributes.Owner | ItemAttributes.Group, "owner root → \"a b\", group 7 → unknown")]
    [InlineData(ItemAttributes.Flags | ItemAttributes.Capabilities, "flags none → Immutable+AppendOnly, capabilities none → cap_net_raw=ep")]
    [InlineData(ItemAttributes.OtherExtendedAttributes, "other attributes none → user.a=4bf5122f3445")]
    [InlineData(ItemAttributes.LastWriteTime, "written 2026-01-02 12:00:00Z → 2026-01-03 12:00:00Z")]
    public void What_changed_besides_the_content_is_told_before_and_after(ItemAttributes changed, string words) => Assert.Equal(
        $"12:00:00.005  AttributesChanged  a  1 B  {words}  e3b0c44298fc\n",
        Line(new AuditEvent
        {
            Kind = AuditEventKind.AttributesChanged,
            Root = "/r",
            RelativePath = "a",
            Size = 1,
            ChecksumStatus = ChecksumStatus.Computed,
            Checksum = Digest,
            OccurredAt = Noon,
            ChangedAttributes = changed,
            Previous = new() { Mode = 0x1A4, OwnerId = 0, OwnerName = "root", GroupId = 7, LastWriteTime = Noon, ExtendedAttributes = new(new Dictionary<string, byte[]?>()) },
            Metadata = new()
            {
                Mode = 0x9ED,
                OwnerId = 1000,
                OwnerName = "a b",
                Flags = ItemFlags.Immutable | ItemFlags.AppendOnly,
                LastWriteTime = Noon.AddDays(1),
                ExtendedAttributes = new(new Dictionary<string, byte[]?> { ["user.a"] = [1], ["security.capability"] = Convert.FromHexString("0100000200200000000000000000000000000000") }),
            },
        }));

    [Fact]
    public void What_changed_in_a_text_stands_below_and_does_nothing_to_a_terminal() => Assert.Equal(
        "12:00:00.005  Modified      a  1 B  e3b0c44298fc\n    @@ -1,2 +1 @@\n    -\told  one\n    +\\u202e\\u009b2J new\n    \\ No newline at end of file\n",
        Line(new AuditEvent
        {
            Kind = AuditEventKind.Modified,
            Root = "/r",
            RelativePath = "a",
            Size = 1,
            ChecksumStatus = ChecksumStatus.Computed,
            Checksum = Digest,
            OccurredAt = Noon,
            TextDiff = "@@ -1,2 +1 @@\n-\told  one\n+\u202e\u009b2J new\n\\ No newline at end of file\n",
        }));

    [Fact]
    public void A_gap_says_why_and_how_much() => Assert.Equal(
        "12:00:00.005  Gap           .  SourceOverflow  opened  7 lost\n",
        Line(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", Gap = new() { Cause = GapCause.SourceOverflow, Lost = 7 }, OccurredAt = Noon }));

    [Theory]
    [InlineData(GapPhase.Opened, 3L, 7L, null, "Gap           a/b  QueueFull  opened #3  7 lost  words")]
    [InlineData(GapPhase.Closed, 3L, 7L, 12L, "Gap           a/b  QueueFull  closed #3  7 lost  12 found  words")]
    [InlineData(GapPhase.Closed, 3L, null, 0L, "Gap           a/b  QueueFull  closed #3  0 found  words")]
    [InlineData(GapPhase.Opened, null, 7L, null, "Gap           a/b  QueueFull  opened  7 lost  words")]
    public void The_two_ends_of_a_gap_have_one_number(GapPhase phase, long? number, long? lost, long? found, string expected) => Assert.Equal(
        $"12:00:00.005  {expected}\n",
        Line(new AuditEvent
        {
            Kind = AuditEventKind.Gap,
            Root = "/r",
            RelativePath = "a/b",
            Gap = new() { Cause = GapCause.QueueFull, Phase = phase, Number = number, Lost = lost, Found = found },
            Detail = "words",
            OccurredAt = Noon,
        }));

    [Theory]
    [InlineData(AuditEventKind.RootLost, "12:00:00.005  RootLost      ./  It is gone.\n")]
    [InlineData(AuditEventKind.RootRestored, "12:00:00.005  RootRestored  ./  It is gone.\n")]
    public void A_root_that_goes_or_comes_is_one_line(AuditEventKind kind, string expected) => Assert.Equal(
        expected,
        Line(new AuditEvent { Kind = kind, Root = "/r", ItemType = ItemType.Directory, ChecksumStatus = ChecksumStatus.NotApplicable, Detail = "It is gone.", OccurredAt = Noon }));

    [Theory]
    [InlineData(GapPhase.Opened, "\u001b[1;91m")]
    [InlineData(GapPhase.Closed, "\u001b[32m")]
    public void A_closed_gap_is_no_alarm(GapPhase phase, string colour) => Assert.Contains(
        $"{colour}Gap ",
        Line(new AuditEvent { Kind = AuditEventKind.Gap, Root = "/r", Gap = new() { Cause = GapCause.QueueFull, Phase = phase }, OccurredAt = Noon }, terminal: new(IsTerminal: true, HasColours: true)),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("/usr/bin/tar", 4711, "root", 0L, false, "by /usr/bin/tar (pid 4711, root)")]
    [InlineData("/usr/bin/tar", 4711, "root", 0L, true, "by /usr/bin/tar (pid 4711, root) and others")]
    [InlineData("/usr/bin/tar", 4711, null, 1000L, false, "by /usr/bin/tar (pid 4711, uid 1000)")]
    [InlineData("/usr/bin/tar", null, null, null, false, "by /usr/bin/tar")]
    [InlineData(null, 4711, null, null, false, "by an unknown program (pid 4711)")]
    [InlineData("/tmp/\u001b[2J", 1, "r\u202et", null, false, """by "/tmp/\x1b[2J" (pid 1, "r\u202et")""")]
    [InlineData("/tmp/x (pid 1, root)", 4711, "eve", null, false, """by "/tmp/x (pid 1, root)" (pid 4711, eve)""")]
    [InlineData("[red]", 1, "[b]", null, false, "by [red] (pid 1, [b])")]
    public void Who_did_it_ends_the_line(string? program, int? number, string? user, long? userId, bool others, string expected) => Assert.Equal(
        $"12:00:00.005  Deleted       a  Reconciled  words  {expected}\n",
        Line(Done(new() { Confidence = ActorConfidence.Kernel, Executable = program, ProcessId = number, UserName = user, UserId = userId }, others)));

    [Fact]
    public void Nobody_who_is_not_known_is_named() => Assert.Equal(
        "12:00:00.005  Deleted       a  Reconciled  words\n",
        Line(Done(new() { Confidence = ActorConfidence.Unknown, ProcessId = 4711 }, others: true)));

    [Fact]
    public void With_several_roots_paths_are_whole()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Unix paths");
        Assert.Equal(
            "12:00:00.005  Renamed       /r/old → /r/new\n",
            Line(new AuditEvent { Kind = AuditEventKind.Renamed, Root = "/r", RelativePath = "new", OldRelativePath = "old", OccurredAt = Noon }, manyRoots: true));
    }

    [Theory]
    [InlineData("[red]x[/]", "[red]x[/]")]
    [InlineData("[[]]", "[[]]")]
    [InlineData("\u001b]0;owned\u0007", """
        "\x1b]0;owned\x07"
        """)]
    [InlineData("a\n12:00:00.005  Deleted  b", """
        "a\n12:00:00.005  Deleted  b"
        """)]
    [InlineData(@"a\x0ab", """
        "a\\x0ab"
        """)]
    [InlineData("a  1.5 KiB  e3b0c44298fc", """
        "a  1.5 KiB  e3b0c44298fc"
        """)]
    [InlineData("a → b", """
        "a → b"
        """)]
    public void A_hostile_name_forges_neither_colour_nor_line_nor_column(string name, string shown)
    {
        var expected = $"12:00:00.005  Renamed       {shown} → {shown}  {shown}\n";

        Assert.Equal(expected, Line(new AuditEvent { Kind = AuditEventKind.Renamed, Root = "/r", RelativePath = name, OldRelativePath = name, Detail = name, OccurredAt = Noon }));
    }

    [Fact]
    public void Colours_surround_the_kind_on_a_terminal() => Assert.Contains(
        "\u001b[32mCreated     \u001b[0m  [red]",
        Line(new AuditEvent { Kind = AuditEventKind.Created, Root = "/r", RelativePath = "[red]", OccurredAt = Noon }, terminal: new(IsTerminal: true, HasColours: true)),
        StringComparison.Ordinal);

    [Fact]
    public void Without_colours_a_terminal_gets_none() => Assert.DoesNotContain(
        "\u001b[32m",
        Line(new AuditEvent { Kind = AuditEventKind.Created, Root = "/r", RelativePath = "a", OccurredAt = Noon }, terminal: new(IsTerminal: true, HasColours: false)),
        StringComparison.Ordinal);

    private static Sha256Digest Digest => Sha256Digest.From(Convert.FromHexString(Sum));

    private static AuditEvent Done(Actor actor, bool others) => new()
    {
        Kind = AuditEventKind.Deleted,
        Origin = AuditEventOrigin.Reconciled,
        Root = "/r",
        RelativePath = "a",
        ChecksumStatus = ChecksumStatus.NotApplicable,
        Detail = "words",
        OccurredAt = Noon,
        Actor = actor,
        HasOtherActors = others,
    };

    [Theory]
    [InlineData(FileWriters.Open, true)]
    [InlineData(FileWriters.None, false)]
    [InlineData(FileWriters.Unknown, false)]
    public void A_file_that_is_told_although_it_is_open_is_marked_where_complete_ones_are_asked_for(FileWriters writers, bool isMarked)
    {
        var text = new StringWriter();
        var told = new AuditEvent { Kind = AuditEventKind.Created, RelativePath = "a", ItemType = ItemType.File, Writers = writers, OccurredAt = Noon };
        new EventLine(Terminal.None.CreateWriter(text), new FakeTimeProvider(), "HH:mm:ss.fff", manyRoots: false, marksOpen: true).Write(told);

        Assert.Equal(isMarked, text.ToString().Contains("still open", StringComparison.Ordinal));
        Assert.DoesNotContain("still open", Line(told), StringComparison.Ordinal);
    }

    private static string Line(AuditEvent auditEvent, bool manyRoots = false, Terminal? terminal = null)
    {
        var text = new StringWriter();
        new EventLine((terminal ?? Terminal.None).CreateWriter(text), new FakeTimeProvider(), "HH:mm:ss.fff", manyRoots).Write(auditEvent);
        return text.ToString();
    }
}
