using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.Testing;

/// <summary>
/// Makes events for the tests of a host: <c>FakeAuditEvent.Created("orders/1.csv", e => e.SetContent("1;2"))</c>. What a test does not set has the value that a monitor
/// would give it; an event that no monitor tells is refused.
/// </summary>
/// <remarks>
/// Ids are new, sequence numbers rise by one with each event that is made in the process, and times follow from them, from 2026 on. A file has a content of its own for each event, with its
/// checksum, and nobody has it open for writing.
/// </remarks>
/// <example>
/// <code>
/// using FileMonitor;
/// using FileMonitor.Testing;
///
/// var created = FakeAuditEvent.Created("orders/1.csv", e => e.SetContent("1;2"));
/// var stillOpen = FakeAuditEvent.Modified("orders/1.csv", e => e.Writers = FileWriters.Open);
/// var moved = FakeAuditEvent.Renamed("orders/1.csv", "done/1.csv");
/// var lost = FakeAuditEvent.Gap(GapCause.QueueFull, e => e.Lost = 7);
/// </code>
/// </example>
public sealed partial class FakeAuditEvent
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static long _lastSequence;

    private readonly AuditEventKind _kind;
    private readonly GapCause? _gapCause;
    private ItemType _itemType = ItemType.File;
    private ChecksumStatus _checksumStatus;
    private DateTimeOffset _occurredAt;
    private long _sequence;
    private GapPhase _gapPhase;

    private FakeAuditEvent(AuditEventKind kind, string relativePath, GapCause? gapCause = null)
    {
        ArgumentNullException.ThrowIfNull(relativePath);
        (_kind, _gapCause, RelativePath) = (kind, gapCause, relativePath);
        Sequence = Interlocked.Increment(ref _lastSequence);
        OccurredAt = Begin.AddSeconds(Sequence);
        Id = Guid.CreateVersion7(EmittedAt);
    }

    /// <summary>A new file, or another item when <see cref="ItemType"/> is set.</summary>
    /// <param name="relativePath">The path below the root, with <c>/</c> between names.</param>
    /// <param name="set">Sets what the test is about; null for an event as it comes.</param>
    /// <exception cref="ArgumentException">No monitor tells such an event; the message has every reason.</exception>
    public static AuditEvent Created(string relativePath, Action<FakeAuditEvent>? set = null) => OfFile(AuditEventKind.Created, relativePath).Make(set);

    /// <summary>A file whose content changed. The content before is another one, with its size and checksum.</summary>
    /// <inheritdoc cref="Created" />
    public static AuditEvent Modified(string relativePath, Action<FakeAuditEvent>? set = null)
    {
        var modified = OfFile(AuditEventKind.Modified, relativePath);
        var before = Encoding.UTF8.GetBytes($"{relativePath}, before");
        (modified.PreviousSize, modified.PreviousSha256) = (before.Length, Convert.ToHexStringLower(SHA256.HashData(before)));
        return modified.Make(set);
    }

    /// <summary>A file that is gone. Size and checksum are the last ones that were known.</summary>
    /// <inheritdoc cref="Created" />
    public static AuditEvent Deleted(string relativePath, Action<FakeAuditEvent>? set = null)
    {
        var deleted = OfFile(AuditEventKind.Deleted, relativePath);
        deleted.Writers = null;
        return deleted.Make(set);
    }

    /// <summary>A file that has another path, and the content that it had.</summary>
    /// <param name="oldRelativePath">The path before.</param>
    /// <param name="relativePath">The path afterwards.</param>
    /// <param name="set">Sets what the test is about; null for an event as it comes.</param>
    /// <exception cref="ArgumentException">No monitor tells such an event; the message has every reason.</exception>
    public static AuditEvent Renamed(string oldRelativePath, string relativePath, Action<FakeAuditEvent>? set = null)
    {
        ArgumentNullException.ThrowIfNull(oldRelativePath);
        var renamed = OfFile(AuditEventKind.Renamed, relativePath);
        renamed.OldRelativePath = oldRelativePath;
        return renamed.Make(set);
    }

    /// <summary>A file whose mode, owner or modification time changed, and whose content did not.</summary>
    /// <inheritdoc cref="Created" />
    public static AuditEvent AttributesChanged(string relativePath, Action<FakeAuditEvent>? set = null) => OfFile(AuditEventKind.AttributesChanged, relativePath).Make(set);

    /// <summary>A file that was there when the monitor started; its content was not read.</summary>
    /// <inheritdoc cref="Created" />
    public static AuditEvent Baseline(string relativePath, Action<FakeAuditEvent>? set = null)
    {
        var baseline = OfFile(AuditEventKind.Baseline, relativePath);
        (baseline.Origin, baseline.Hints, baseline.ChecksumStatus, baseline.Writers) = (AuditEventOrigin.Baseline, 0, ChecksumStatus.NotComputed, FileWriters.Unknown);
        return baseline.Make(set);
    }

    /// <summary>A file whose checksum an earlier event did not have.</summary>
    /// <inheritdoc cref="Created" />
    public static AuditEvent ChecksumUpdated(string relativePath, Action<FakeAuditEvent>? set = null) => OfFile(AuditEventKind.ChecksumUpdated, relativePath).Make(set);

    /// <summary>Something may be missing below the root; <see cref="GapPhase"/>, <see cref="Lost"/> and the like say more.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="set">Sets what the test is about; null for a gap that is opened.</param>
    /// <exception cref="ArgumentException">No monitor tells such an event; the message has every reason.</exception>
    public static AuditEvent Gap(GapCause cause, Action<FakeAuditEvent>? set = null)
    {
        var gap = new FakeAuditEvent(AuditEventKind.Gap, "", cause) { ItemType = ItemType.Unknown, Hints = 0, Detail = "A gap that a test made." };
        gap.GapNumber = HasNumber(cause) ? gap.Sequence : null;
        gap.FirstSequence = cause == GapCause.ShutdownTimeout ? null : gap.Sequence;
        return gap.Make(set);
    }

    /// <summary>The root cannot be watched any more.</summary>
    /// <param name="set">Sets what the test is about; null for an event as it comes.</param>
    /// <exception cref="ArgumentException">No monitor tells such an event; the message has every reason.</exception>
    public static AuditEvent RootLost(Action<FakeAuditEvent>? set = null) => OfRoot(AuditEventKind.RootLost, "The directory does not exist.").Make(set);

    /// <summary>The root is watched again.</summary>
    /// <inheritdoc cref="RootLost" />
    public static AuditEvent RootRestored(Action<FakeAuditEvent>? set = null) => OfRoot(AuditEventKind.RootRestored, "The directory is there again.").Make(set);

    /// <summary>Gives the file a content: its size, its checksum, and <see cref="ChecksumStatus.Computed"/>.</summary>
    /// <param name="content">The bytes.</param>
    public void SetContent(ReadOnlySpan<byte> content)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, digest);
        (Size, ChecksumStatus, Sha256) = (content.Length, ChecksumStatus.Computed, Convert.ToHexStringLower(digest));
    }

    /// <summary>Gives the file a content, as UTF-8.</summary>
    /// <inheritdoc cref="SetContent(ReadOnlySpan{byte})" />
    public void SetContent(string content)
    {
        ArgumentNullException.ThrowIfNull(content);
        SetContent(Encoding.UTF8.GetBytes(content));
    }

    private static FakeAuditEvent OfFile(AuditEventKind kind, string relativePath)
    {
        var file = new FakeAuditEvent(kind, relativePath) { Hints = 1, Writers = FileWriters.None };
        file.LastWriteTime = file.OccurredAt;

        // Each its own: a host that recognises a content by its checksum must not take two events for one.
        file.SetContent($"{relativePath} #{file.Sequence}");
        return file;
    }

    private static FakeAuditEvent OfRoot(AuditEventKind kind, string detail) => new(kind, "") { ItemType = ItemType.Directory, Hints = 0, Detail = detail };

    private static bool HasNumber(GapCause cause) => cause is not (GapCause.ReaderTooSlow or GapCause.SinkFailed or GapCause.ShutdownTimeout);

    private AuditEvent Make(Action<FakeAuditEvent>? set)
    {
        set?.Invoke(this);
        var wrong = Contradictions().ToList();
        return wrong.Count == 0 ? FakeAuditEventJson.Read(this, _kind, _gapCause) : throw new ArgumentException($"No monitor tells such a {_kind}. {string.Join(' ', wrong)}", nameof(set));
    }
}
