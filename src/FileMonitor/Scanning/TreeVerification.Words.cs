using System.Globalization;
using FileMonitor.Extending;
using FileMonitor.Tree;
using FileMonitor.Values;

namespace FileMonitor.Scanning;

// Describes the differences, and what was not compared.
internal sealed partial class TreeVerification
{
    private const int MaxNamed = 100;
    private const int MaxNames = 3;

    private void NameUnreached()
    {
        _problems.Add(FormattableString.Invariant($"The time limit (VerifyTimeout, {deadline.Timeout:c}) has passed; the following was not compared."));
        foreach (var root in _unwalked)
        {
            _problems.Add(FormattableString.Invariant($"The root '{root.Path}' was not compared to its end."));
        }

        lock (_suspects)
        {
            Name(_unread, "was not read to its end.", "files were not read to their end.");
            if (_suspects.Count + _unchecked > 0)
            {
                _problems.Add(FormattableString.Invariant($"{Math.Max(_suspects.Count, _unchecked):N0} paths that seemed to differ were not looked at again."));
            }
        }
    }

    /// <summary>Names the files that should have a checksum but have none yet: their content was not compared.</summary>
    private async Task NameWithoutChecksumAsync(CancellationToken cancellationToken)
    {
        var left = new List<(MonitoredRoot Root, string Path)>();
        await inspect(
            snapshots => left.AddRange(_withoutChecksum.Where(file => snapshots[file.Root].Find(file.Path) is { } known && OwesChecksum(known))),
            cancellationToken).ConfigureAwait(false);
        Name(left, "has no checksum yet, and its content was not compared.", "files have no checksum yet, and their content was not compared.");
    }

    private void Name(IReadOnlyCollection<(MonitoredRoot Root, string Path)> files, string what, string whatMany)
    {
        foreach (var (root, path) in files.Take(MaxNamed))
        {
            _problems.Add($"'{root.PathOf(path)}' {what}");
        }

        if (files.Count > MaxNamed)
        {
            _problems.Add(FormattableString.Invariant($"{files.Count - MaxNamed:N0} more {whatMany}"));
        }
    }

    private static bool OwesChecksum(SnapshotEntry known) => known is
    {
        Type: ItemType.File,
        ChecksumStatus: ChecksumStatus.Pending or ChecksumStatus.TimedOut or ChecksumStatus.Unstable or ChecksumStatus.Locked or ChecksumStatus.Unreadable,
    };

    private void Differ(TreeDifference difference)
    {
        if (_differenceCount++ < MaxDifferences)
        {
            _differences.Add(difference);
        }
    }

    /// <summary>Explains why a difference may be no loss: a write through one name of a file is reported for that name only. On the pump.</summary>
    private static string DescribeNames(Snapshot snapshot, SnapshotEntry known, in FileStatus status)
    {
        if (status is not { IsFound: true, ItemType: ItemType.File, HardLinkCount: > 1 } || !known.Identity.IsSame(status.Identity))
        {
            return "";
        }

        var others = new List<string>();
        foreach (var other in snapshot.FindAllByIdentity(status.Identity))
        {
            if (other.IsAnnounced && other != known && others.Count < MaxNames)
            {
                others.Add($"'{snapshot.Root.PathOf(Snapshot.PathOf(other))}'");
            }
        }

        var where = others.Count == 0 ? "no other one is known below this root" : $"another one is {string.Join(", ", others)}";
        return FormattableString.Invariant(
            $" The file has {status.HardLinkCount} names (hard links), and {where}: a write through one name is reported for that name; for the other names the periodic comparison finds it.");
    }

    private static string Describe(in FileStatus status) => Describe(status.ItemType, status.Size, status.LastWriteTicks, status.Identity);

    private static string Describe(SnapshotEntry entry) => Describe(entry.Type, entry.Size, entry.LastWriteTicks, entry.Identity);

    private static string Describe(ItemType type, long size, long lastWriteTicks, FileIdentity identity) => string.Create(
        CultureInfo.InvariantCulture,
        $"{type}{(type == ItemType.File ? $", {size} bytes" : "")}, last written {new DateTime(lastWriteTicks, DateTimeKind.Utc):O}{(identity.IsKnown ? $", file {identity}" : "")}");

    /// <summary>A path that seemed to differ, at its latest look.</summary>
    /// <param name="Root">The root.</param>
    /// <param name="Path">The path below the root.</param>
    /// <param name="Status">The state on disk.</param>
    /// <param name="Difference">The difference in state; null when only the content is left to compare.</param>
    /// <param name="Known">The reported checksum, when the content is to be compared.</param>
    /// <param name="Names">A sentence about the other names of the file, with a leading blank; empty when there are none.</param>
    private readonly record struct Suspect(MonitoredRoot Root, string Path, FileStatus Status, TreeDifference? Difference, Sha256Digest? Known, string Names);
}

/// <summary>How long a verification may take.</summary>
internal sealed record VerifyDeadline(TimeSpan Timeout, TimeProvider Time);
