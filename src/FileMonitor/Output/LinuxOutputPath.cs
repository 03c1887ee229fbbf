using FileMonitor.Values;
using Microsoft.Win32.SafeHandles;
using static FileMonitor.Sources.Native.LinuxErrors;
using static FileMonitor.Sources.Native.LinuxFiles;
using static FileMonitor.Sources.Native.LinuxFlags;
using static FileMonitor.Sources.Native.LinuxNames;
using static FileMonitor.Sources.Native.LinuxWriting;

namespace FileMonitor.Output;

/// <summary>
/// Opens a directory that we write in, name by name, and creates missing ones. A link on the way is followed only if root or this process's user
/// created it: <c>/var/run</c> is such a link; a link that another user put into a shared directory is not followed.
/// </summary>
internal sealed class LinuxOutputPath(string path, UnixFileMode mode)
{
    // The limit of the kernel.
    private const int MostLinks = 40;

    // The names still to be opened, the next one on top.
    private readonly Stack<string> _rest = new();
    private int _links;

    /// <summary>Returns a descriptor that can only be used as the base for names.</summary>
    public int Open()
    {
        Push(path);
        var at = OpenTop();
        try
        {
            while (_rest.TryPop(out var name))
            {
                at = Step(at, name);
            }

            return at;
        }
        catch
        {
            Close(at);
            throw;
        }
    }

    /// <summary>Opens the next name. Closes the directory before, unless it throws.</summary>
    private int Step(int at, string name)
    {
        var bytes = LinuxOutputRules.NameBytes(name);
        var next = OpenOneName(at, bytes, mustBeDirectory: true);
        if (next < 0 && LastError == ENOENT)
        {
            next = Make(at, bytes);
        }

        if (next < 0 && LastError is ENOTDIR or ELOOP)
        {
            var target = ReadTrustedLink(at, bytes);
            Push(target);
            if (!target.StartsWith('/'))
            {
                return at;
            }

            next = OpenTop();
        }

        if (next < 0)
        {
            throw Failed(LastError);
        }

        Close(at);
        return next;
    }

    /// <summary>Creates a directory and returns its descriptor; negative for failure.</summary>
    private int Make(int at, byte[] name)
    {
        if (!TryMakeDirectory(at, name, (int)mode))
        {
            return LastError == EEXIST ? OpenOneName(at, name, mustBeDirectory: true) : -1;
        }

        var made = OpenOwnDirectory(at, name);
        if (made < 0)
        {
            return -1;
        }

        // Another user who may write to the directory above can replace it; then its permissions are not ours to change.
        if (TryGetStatus(made, out var status) && status.ToFileStatus().OwnerId == UserId)
        {
            using var borrowed = new SafeFileHandle(made, ownsHandle: false);
            LinuxOutputRules.SetMode(borrowed, made, mode);
        }

        return made;
    }

    private string ReadTrustedLink(int at, byte[] name)
    {
        var link = OpenOneName(at, name, mustBeDirectory: false);
        if (link < 0)
        {
            throw Failed(LastError);
        }

        try
        {
            if (!TryGetStatus(link, out var native))
            {
                throw Failed(LastError);
            }

            var status = native.ToFileStatus();
            var shown = PathText.Decode(name.AsSpan(..^1));
            if (status.ItemType != ItemType.SymbolicLink)
            {
                throw new IOException($"{path} cannot be used: '{shown}' in it is not a directory.");
            }

            // More than one name: another user may have given a link of ours a name where it misleads us.
            if ((status.OwnerId != 0 && status.OwnerId != UserId) || status.HardLinkCount > 1)
            {
                throw new IOException($"{path} cannot be used: '{shown}' in it is a symbolic link of user {status.OwnerId}, which is not followed.");
            }

            if (++_links > MostLinks)
            {
                throw Failed(ELOOP);
            }

            Span<byte> target = stackalloc byte[4096];
            var length = ReadLink(link, "\0"u8, target);
            return length > 0 ? PathText.Decode(target[..length]) : throw Failed(LastError);
        }
        finally
        {
            Close(link);
        }
    }

    private void Push(string names)
    {
        foreach (var name in names.Split('/').Reverse())
        {
            if (name.Length > 0 && name != ".")
            {
                _rest.Push(name);
            }
        }
    }

    private int OpenTop() => OpenOneName(AT_FDCWD, "/\0"u8, mustBeDirectory: true) is var top and >= 0 ? top : throw Failed(LastError);

    private Exception Failed(int error) => LinuxOutputRules.Failed(path, "cannot be used", error);
}
