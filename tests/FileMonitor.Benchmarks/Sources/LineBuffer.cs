using System.Text;

namespace FileMonitor.Benchmarks.Sources;

/// <summary>
/// The lines a watcher is about to write: time on the clock that does not jump, kind, size, time of the last write, path, detail, with tabs
/// between. They go out together, as those of the C reader do. Not safe for two threads.
/// </summary>
internal sealed class LineBuffer
{
    private byte[] _bytes = new byte[64 * 1024];
    private int _used;

    public bool IsEmpty => _used == 0;

    public bool IsFull => _used >= 64 * 1024;

    /// <param name="root">Goes before the path with a slash between; empty when the path is whole.</param>
    public void Add(long stamp, string kind, long size, long time, string root, string path, string detail)
    {
        // A character is three bytes at most in UTF-8; three numbers, five tabs and the end fit into the rest.
        var most = ((kind.Length + root.Length + path.Length + detail.Length) * 3) + 100;
        if (_bytes.Length - _used < most)
        {
            Array.Resize(ref _bytes, (_bytes.Length * 2) + most);
        }

        Put(stamp);
        Put('\t');
        Put(kind);
        Put('\t');
        Put(size);
        Put('\t');
        Put(time);
        Put('\t');
        Put(root);
        if (root.Length > 0 && path.Length > 0)
        {
            Put('/');
        }

        Put(path);
        Put('\t');
        Put(detail);
        Put('\n');
    }

    public void MoveTo(Stream output)
    {
        output.Write(_bytes, 0, _used);
        _used = 0;
    }

    private void Put(char ascii) => _bytes[_used++] = (byte)ascii;

    private void Put(string text) => _used += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_used));

    private void Put(long number)
    {
        number.TryFormat(_bytes.AsSpan(_used), out var written);
        _used += written;
    }
}
