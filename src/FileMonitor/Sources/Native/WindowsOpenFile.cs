using FileMonitor.Extending;
using Microsoft.Win32.SafeHandles;

namespace FileMonitor.Sources.Native;

/// <summary>An open file of Windows, which others may write, rename and delete.</summary>
internal sealed class WindowsOpenFile(nint handle, in FileStatus status) : OpenFile
{
    private readonly SafeFileHandle _handle = new(handle, ownsHandle: true);
    private readonly FileStatus _statusAtOpening = status;
    private bool _isAsOpened = true;

    /// <inheritdoc />
    public override FileStatus GetStatus()
    {
        // The status from the opening is valid only before the first read.
        if (_isAsOpened)
        {
            _isAsOpened = false;
            return _statusAtOpening;
        }

        return WindowsHandles.StatusOf(_handle.DangerousGetHandle());
    }

    /// <inheritdoc />
    public override FileWriters GetWriters() => WindowsHandles.WritersOf(_handle.DangerousGetHandle());

    /// <inheritdoc />
    public override int Read(Span<byte> buffer, long position)
    {
        _isAsOpened = false;
        return RandomAccess.Read(_handle, buffer, position);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing) => _handle.Dispose();
}
