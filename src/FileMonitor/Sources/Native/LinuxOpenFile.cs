using System.Runtime.InteropServices;
using FileMonitor.Extending;

namespace FileMonitor.Sources.Native;

/// <summary>
/// An open file descriptor, owned by the reader. It has no finalizer and no <see cref="SafeHandle"/>: it lives inside one <c>using</c>, and both
/// would cost as much as reading a small file.
/// </summary>
internal sealed class LinuxOpenFile(int descriptor, in FileStatus status) : OpenFile
{
    private readonly FileStatus _statusAtOpening = status;
    private int _descriptor = descriptor;
    private bool _isAsOpened = true;
    private LinuxFileSystem? _system;

    /// <inheritdoc />
    public override FileStatus GetStatus()
    {
        // The status from the opening is valid only before the first read.
        if (_isAsOpened)
        {
            _isAsOpened = false;
            return _statusAtOpening;
        }

        return LinuxFiles.TryGetStatus(_descriptor, out var now) ? now.ToFileStatus() : new FileStatus { Outcome = FileStatusOutcome.Failed };
    }

    /// <inheritdoc />
    public override FileWriters GetWriters() => LinuxLeases.WritersOf(_descriptor);

    /// <inheritdoc />
    public override int Read(Span<byte> buffer, long position)
    {
        _isAsOpened = false;
        var count = LinuxContent.Read(_descriptor, buffer, position);
        return count >= 0 ? count : throw new IOException(LinuxErrors.Describe(LinuxErrors.LastError));
    }

    /// <inheritdoc />
    public override long FindData(long position) =>
        (_system ??= LinuxContent.SystemOf(_descriptor)) == LinuxFileSystem.KnowsHoles ? LinuxContent.FindData(_descriptor, position) : position;

    /// <inheritdoc />
    public override bool StatesSize => (_system ??= LinuxContent.SystemOf(_descriptor)) != LinuxFileSystem.Pseudo;

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        LinuxFiles.Close(_descriptor);
        _descriptor = -1;
    }
}
