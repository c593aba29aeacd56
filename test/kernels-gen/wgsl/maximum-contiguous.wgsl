@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;
var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= (5 + 0) / 1) { return; }
  let at = group * 1 + (lane & 0);
  let i_0 = min(at, 5 - 1);
  let i_1 = lane >> 0u;
  let first = min(i_1, tokens - 1);
  let i_2 = 2 * tokens * i_0 + first;
  let f_3 = arg0[i_2];
  let f_4 = exp(f_3);
  let f_5 = -f_4;
  var acc = f_5;
  let i_6 = 2 * tokens * i_0;
  for (var k1 = i_1; k1 < tokens; k1 += 64) {
    let i_7 = i_6 + k1;
    for (var k0 = 0; k0 < 2; k0 += 1) {
      let i_8 = i_7 + tokens * k0;
      let f_9 = arg0[i_8];
      let f_10 = exp(f_9);
      let f_11 = -f_10;
      acc = max(acc, f_11);
    }
  }
  partial[lane] = acc;
  workgroupBarrier();
  for (var half = 32; half > 0; half = half >> 1u) {
    if (lane < half * 1) {
      partial[lane] = max(partial[lane], partial[lane + half * 1]);
    }
    workgroupBarrier();
  }
  acc = partial[lane];
  if (lane < 1 && at < 5) {
    out[i_0] = acc;
  }
}
