using FileMonitor.Extending;
using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFiles;
using static FileMonitor.Sources.Native.LinuxNames;
using static FileMonitor.Sources.Native.LinuxWriting;

namespace FileMonitor.Output;

/// <summary>
/// A directory that we write in, by descriptor: swapping a part of its path does not affect an operation that has begun. Files are checked by
/// their own descriptors after they were opened, so nothing can change between the check and the use.
/// </summary>
internal sealed class LinuxOutputDirectory : OutputDirectory
{
    private const int Attempts = 10;

    private readonly string _path;
    private int _directory;

    private LinuxOutputDirectory(string path, int directory)
    {
        _path = path;
        _directory = directory;
    }

    /// <summary>Opens the directory; creates missing directories of its path.</summary>
    public static LinuxOutputDirectory Open(string path, UnixFileMode mode) => new(path, new LinuxOutputPath(path, mode).Open());

    public override SafeFileHandle OpenToAppend(string name, UnixFileMode mode)
    {
        var bytes = LinuxOutputRules.NameBytes(name);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (TryCreate(name, mode) is { } made)
            {
                return made;
            }

            // Look first, because opening has effects: it wakes a process at the other end of a pipe, or rewinds a tape.
            if (!TryGetStatus(_directory, bytes, out var before))
            {
                if (LastError == ENOENT)
                {
                    continue;
                }

                throw Failed(name, LastError);
            }

            Check(name, before.ToFileStatus());
            var descriptor = OpenToWrite(_directory, bytes);
            if (descriptor < 0)
            {
                // A link or nothing by now: look again.
                if (LastError is ENOENT or ELOOP)
                {
                    continue;
                }

                throw Failed(name, LastError);
            }

            var open = new SafeFileHandle(descriptor, ownsHandle: true);
            if (CheckOpen(name, open))
            {
                return open;
            }

            open.Dispose();
        }

        throw new IOException($"{Path.Join(_path, name)} was replaced by another item each time it was opened; keep other users out of its directory.");
    }

    public override SafeFileHandle? TryCreate(string name, UnixFileMode mode)
    {
        var descriptor = OpenNew(_directory, LinuxOutputRules.NameBytes(name), (int)mode);
        if (descriptor < 0)
        {
            return LastError == EEXIST ? null : throw Failed(name, LastError);
        }

        var made = new SafeFileHandle(descriptor, ownsHandle: true);
        LinuxOutputRules.SetMode(made, descriptor, mode);
        return made;
    }

    public override bool IsStill(string name, SafeFileHandle open) =>
        TryGetStatus((int)open.DangerousGetHandle(), out var mine) && mine.ToFileStatus() is var ours
        && TryGetStatus(_directory, LinuxOutputRules.NameBytes(name), out var there) && there.ToFileStatus() is { ItemType: ItemType.File } theirs
        && ours.FileNumber == theirs.FileNumber && ours.Device == theirs.Device;

    public override bool HasFile(string name) => TryGetStatus(_directory, LinuxOutputRules.NameBytes(name), out var status) && status.ItemType == ItemType.File;

    public override void Move(string from, string to)
    {
        if (!TryRename(_directory, LinuxOutputRules.NameBytes(from), LinuxOutputRules.NameBytes(to)))
        {
            throw Failed(to, LastError);
        }
    }

    public override void Delete(string name)
    {
        if (!TryUnlink(_directory, LinuxOutputRules.NameBytes(name)) && LastError != ENOENT)
        {
            throw Failed(name, LastError);
        }
    }

    public override void FlushNames()
    {
        // The descriptor that the directory was opened with is only the base for names.
        var open = OpenOwnDirectory(_directory, ".\0"u8);
        var error = open < 0 || !TryFlushNames(open) ? LastError : 0;
        Close(open);

        // EINVAL: a file system that has no such call, as some shares.
        if (error is not (0 or EINVAL))
        {
            throw LinuxOutputRules.Failed(_path, "cannot be forced to the device", error);
        }
    }

    public override void Dispose()
    {
        Close(_directory);
        _directory = -1;
    }

    /// <summary>False when the file was deleted after it was opened.</summary>
    private bool CheckOpen(string name, SafeFileHandle open)
    {
        try
        {
            if (!TryGetStatus((int)open.DangerousGetHandle(), out var native))
            {
                throw Failed(name, LastError);
            }

            var status = native.ToFileStatus();
            if (status.HardLinkCount == 0)
            {
                return false;
            }

            Check(name, status);
            return true;
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    private void Check(string name, in FileStatus status)
    {
        var path = Path.Join(_path, name);
        var problem = status switch
        {
            { ItemType: ItemType.Directory } => "is a directory; give the path of a file.",
            { ItemType: ItemType.SymbolicLink } => $"is a symbolic link to {ReadTarget(name)}, which is not followed; give the path of the file itself.",
            { ItemType: not ItemType.File } => "is not a regular file; give the path of one.",

            // With a hard link, another user can give a file of ours another name.
            { HardLinkCount: > 1 } => $"has {status.HardLinkCount} names (hard links), so it may be another file than the intended one; remove the other names, or move this one away.",

            // The owner of the file could read and change what we write, whatever its permissions.
            _ when status.OwnerId != UserId => $"belongs to user {status.OwnerId} and not to the one of this process ({UserId}); move it away, or give it to that user.",
            _ => null,
        };
        if (problem is not null)
        {
            // Otherwise anyone who may write to the directory could make a privileged process write to any file.
            throw new IOException($"{path} {problem}");
        }
    }

    private string ReadTarget(string name)
    {
        Span<byte> target = stackalloc byte[4096];
        var length = ReadLink(_directory, LinuxOutputRules.NameBytes(name), target);
        return length < 0 ? "something else" : PathText.Decode(target[..length]);
    }

    private Exception Failed(string name, int error) => LinuxOutputRules.Failed(Path.Join(_path, name), "cannot be written", error);
}
