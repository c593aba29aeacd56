@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;
var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= (5 + 7) / 8) { return; }
  let at = group * 8 + (lane & 7);
  let i_0 = min(at, 5 - 1);
  let i_1 = lane >> 3u;
  let first = min(i_1, tokens - 1);
  let i_2 = 5 * first + i_0;
  let f_3 = arg0[i_2];
  let f_4 = exp(f_3);
  let f_5 = -f_4;
  var acc = f_5;
  for (var k0 = i_1; k0 < tokens; k0 += 32) {
    let i_6 = i_0 + 5 * k0;
    let f_7 = arg0[i_6];
    let f_8 = exp(f_7);
    let f_9 = -f_8;
    acc = max(acc, f_9);
  }
  partial[lane] = acc;
  workgroupBarrier();
  for (var half = 16; half > 0; half = half >> 1u) {
    if (lane < half * 8) {
      partial[lane] = max(partial[lane], partial[lane + half * 8]);
    }
    workgroupBarrier();
  }
  acc = partial[lane];
  if (lane < 8 && at < 5) {
    out[i_0] = acc;
  }
}
