using System.Globalization;

namespace FileMonitor.Values;

/// <summary>
/// Which file it is, whatever it is called: device and inode, or volume and file id. Zero means the file system does not say. The birth is a
/// stamp of when it was made, 0 when that is not known: ext4 gives the number of a deleted file to the next one at once.
/// </summary>
internal readonly record struct FileIdentity(ulong Device, ulong Number, uint Birth = 0)
{
    public bool IsKnown => Number != 0;

    /// <summary>False only when both are known and differ: an unknown identity proves nothing, nor does an unknown birth.</summary>
    public bool MayEqual(FileIdentity other) => !IsKnown || !other.IsKnown || IsSame(other);

    /// <summary>Whether both are known and nothing that is known differs. Not the operator, which takes an unknown birth for another one.</summary>
    public bool IsSame(FileIdentity other) =>
        IsKnown
        && Number == other.Number
        && Device == other.Device
        && (Birth == other.Birth || Birth == 0 || other.Birth == 0);

    /// <summary>The stamp for a time of birth; 0 for 0, which is unknown, and for nothing else.</summary>
    public static uint StampOf(long birthTicks)
    {
        if (birthTicks == 0)
        {
            return 0;
        }

        // A multiplier that spreads near times over all 32 bits.
        var stamp = (uint)(((ulong)birthTicks * 0x9E37_79B9_7F4A_7C15) >> 32);
        return stamp == 0 ? 1 : stamp;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Device:x}:{Number}");
}
