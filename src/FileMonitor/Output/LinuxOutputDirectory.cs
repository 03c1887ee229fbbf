using FileMonitor.Extending;
using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFiles;
using static FileMonitor.Sources.Native.LinuxNames;
using static FileMonitor.Sources.Native.LinuxWriting;

namespace FileMonitor.Output;

/// <summary>
/// A directory in which we write, by descriptor: whoever swaps a part of its path for something else changes nothing for an operation that has
/// begun. Files are judged by their own descriptors, after they were opened: there is no moment between a check and what it is about.
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

    /// <summary>Opens it, and makes what is missing of it.</summary>
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

            // Looked at first, since opening can be an act: it wakes who waits at the other end of a pipe, it rewinds a tape.
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
                // A link by now: the next look says so. Or nothing at all.
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

        throw new IOException($"{Path.Join(_path, name)} is something else each time that it is opened; keep others out of its directory.");
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

    public override void Dispose()
    {
        Close(_directory);
        _directory = -1;
    }

    /// <summary>False when it is nobody's any more: deleted between opening and now.</summary>
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

            // A hard link is how somebody makes a file of ours answer to a name of theirs.
            { HardLinkCount: > 1 } => $"is one of {status.HardLinkCount} names of a file, which may be another one than is meant; remove the others, or move this one away.",

            // Its owner may read and change what is written, whatever its permissions say.
            _ when status.OwnerId != UserId => $"belongs to user {status.OwnerId} and not to the one of this process ({UserId}); move it away, or give it to that user.",
            _ => null,
        };
        if (problem is not null)
        {
            // Whoever may write to the directory could otherwise have a privileged process write to any file.
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
